//! What can be typed: the commands here, their arguments by theme below.

mod advise;
mod compare;
mod data;
mod gate;
mod inputs;
mod lab;
mod project;
mod runs;
mod source;
mod sweep;
mod views;

pub use advise::{AdviseArgs, PatchesArgs};
pub use compare::{CompareArgs, CompareFormat};
pub use data::{ExportArgs, ExportFormat, ToJsonArgs};
pub use gate::GateArgs;
pub use inputs::{InputArgs, SourceArgs, RPC_URL};
pub use lab::{LabArgs, LabCommand, LabLogArgs, LabTryArgs, LabVerifyArgs};
pub use project::{ConfigArgs, FindProfileArgs, ImportArgs, InitArgs};
pub use runs::{
    BenchArgs, BuildArgs, DemoArgs, DoctorArgs, GuestArgs, GuestSource, ProfileArgs, RunArgs,
};
pub use source::{AnnotateArgs, LinesArgs};
pub use sweep::SweepArgs;
pub use views::{
    By, CallsArgs, FunctionArgs, ProfileFile, ReportArgs, TopArgs, TreeArgs, WhereArgs,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The workbench for making zkVM guest programs cheaper to prove.
#[derive(Debug, Parser)]
#[command(
    name = "zkperf",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 a limit was exceeded, 4 not sound or outputs differ.\n\
                  First steps: zkperf demo"
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Colours.
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub color: Color,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Profile the embedded guests on the embedded block: nothing else needed.
    #[command(after_help = "Examples:\n  zkperf demo\n  zkperf demo --zkvm sp1 -o my-demo --json")]
    Demo(DemoArgs),
    /// Say what is installed for building guests, what is missing, and what installs it.
    #[command(
        after_help = "Examples:\n  zkperf doctor\n  zkperf doctor --zkvm zisk --json\n  \
                            zkperf doctor --zkvm zisk@1.1.0-alpha"
    )]
    Doctor(DoctorArgs),
    /// Fetch a block and its witness, check them, write the guest's input file.
    #[command(
        after_help = "Examples:\n  zkperf input 24628607 --rpc-url https://node.example/KEY\n  \
                            zkperf input --recorded mainnet-24628607.json.zst -o inputs"
    )]
    Input(InputArgs),
    /// Build a guest and record what made it.
    #[command(
        after_help = "Examples:\n  zkperf build --zkvm zisk --guest reference --variant unpatched\n  \
                            zkperf build --zkvm zisk@1.1.0-alpha --guest my-guest"
    )]
    Build(BuildArgs),
    /// Run a guest without recording: output, steps, guest stdout.
    #[command(
        after_help = "Examples:\n  zkperf run --zkvm zisk --elf guest.elf --input block.bin\n  \
                            zkperf run --zkvm risc0 --elf guest.bin --input in.bin --env RUST_LOG=info\n  \
                            zkperf run --zkvm native --input block.bin"
    )]
    Run(RunArgs),
    /// Run a guest and write its exact profile.
    #[command(
        after_help = "Example:\n  zkperf profile --zkvm zisk --elf guest.elf --input block.bin --stats"
    )]
    Profile(ProfileArgs),
    /// Input, guest and profile in one, over one block or several.
    #[command(
        after_help = "Examples:\n  zkperf bench --zkvm zisk --block 24628607 --recorded block.json.zst --title baseline\n  \
                            zkperf bench --zkvm all --recorded block.json.zst --variant accelerated"
    )]
    Bench(BenchArgs),
    /// Whether a changed guest still rejects what must be rejected, and still says the same of what must not.
    #[command(
        after_help = "Examples:\n  zkperf gate --elf zisk.elf --elf sp1.elf --elf risc0.elf --recorded block.json.zst\n  \
                            zkperf gate --elf head.elf --recorded block.json.zst --baseline base.zkp --diff main..HEAD\n  \
                            zkperf gate --diff main..HEAD --acknowledge 'unsafe-added@src/x.rs:7=bounds are checked in line 5'\n  \
                            zkperf gate --native ./validate\n\n\
                            Exit codes: 0 sound, 1 not gated, 3 lints want an acknowledgement, 4 not sound."
    )]
    Gate(GateArgs),
    /// The functions that cost most; or crates, transactions, EVM opcodes ….
    #[command(
        after_help = "Examples:\n  zkperf top p.zkp\n  zkperf top p.zkp --inclusive --filter keccak --measure steps\n  \
                            zkperf top p.zkp --by crate\n  \
                            zkperf top p.zkp --by evm-opcode"
    )]
    Top(TopArgs),
    /// Who calls a function, how often, at what cost.
    #[command(after_help = "Example:\n  zkperf callers p.zkp memcpy")]
    Callers(CallsArgs),
    /// What a function calls, how often, at what cost.
    #[command(after_help = "Example:\n  zkperf callees p.zkp execute_block")]
    Callees(CallsArgs),
    /// Which stacks reach a function, inlined code included, how often, moving how many bytes.
    #[command(
        after_help = "Examples:\n  zkperf where p.zkp memcpy\n  zkperf where p.zkp memcpy --depth 3 -n 30\n  \
                            zkperf where p.zkp memcpy --physical --json"
    )]
    Where(WhereArgs),
    /// A function line by line: its own code, what was inlined there, what it calls from there.
    #[command(after_help = "Examples:\n  zkperf annotate p.zkp execute_block\n  \
                            zkperf annotate p.zkp keccakf --asm --elf guest.elf\n  \
                            zkperf annotate p.zkp keccakf --source /registry=$HOME/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f")]
    Annotate(AnnotateArgs),
    /// The source lines that cost most.
    #[command(after_help = "Example:\n  zkperf lines p.zkp --filter rlp")]
    Lines(LinesArgs),
    /// The call tree from the root, down to a share of the run.
    #[command(
        after_help = "Examples:\n  zkperf tree p.zkp\n  zkperf tree p.zkp --inlined --min 0.5 --depth 12"
    )]
    Tree(TreeArgs),
    /// Write a profile in the format of another viewer.
    #[command(
        after_help = "Examples:\n  zkperf export p.zkp --format pprof -o p.pb.gz\n  \
                            zkperf export p.zkp --format folded | inferno-flamegraph > p.svg\n  \
                            zkperf export p.zkp --format callgrind -o callgrind.out.p && callgrind_annotate callgrind.out.p"
    )]
    Export(ExportArgs),
    /// One offline HTML page with everything in it: flame graph, tables, source; of two profiles, their difference.
    #[command(after_help = "Examples:\n  zkperf report p.zkp -o report.html\n  \
                            zkperf report base.zkp head.zkp -o difference.html")]
    Report(ReportArgs),
    /// Totals and identity of a profile.
    #[command(after_help = "Example:\n  zkperf summary p.zkp")]
    Summary(ProfileFile),
    /// What a change did, to one run or a set of them: verdict, and every difference by function, opcode, label ….
    #[command(after_help = "Examples:\n  zkperf compare before.zkp after.zkp\n  \
                            zkperf compare before.zkp after.zkp --by crate -n 50\n  \
                            zkperf compare base/*.zkp --with head/*.zkp --fail-above cost:0.1%\n  \
                            zkperf compare base head --format markdown -o comment.md\n\n\
                            Exit codes: 0 compared, whatever came of it; with --fail-above 3 above a limit, 4 outputs differ \
                            or no verdict.")]
    Compare(CompareArgs),
    /// The optimisation loop: attempts on branches, judged against a baseline, and a ledger of all of them.
    #[command(
        after_help = "Example:\n  zkperf lab baseline && zkperf lab try \"no clone in authenticate\" --expect -1%"
    )]
    Lab(LabArgs),
    /// Which build flags make a guest cheaper to prove: built and run with each, over blocks and zkVMs.
    #[command(
        after_help = "Examples:\n  zkperf sweep --dry-run\n  zkperf sweep --zkvm zisk,sp1 --budget 10\n  \
                            zkperf sweep --zkvm zisk --guest guests/my --input in.bin --set opt-level=2,s --set llvm=-inline-threshold=50,225\n  \
                            zkperf sweep --grid --set opt-level=2,3 --set lto=off,fat --json\n\n\
                            Whatever ends it, the same command goes on from what was finished."
    )]
    Sweep(SweepArgs),
    /// What to do next: ranked findings with evidence, remedy and what it would save.
    #[command(after_help = "Examples:\n  zkperf advise p.zkp\n  zkperf advise p.zkp --all --json")]
    Advise(AdviseArgs),
    /// Which operations run on the zkVM's circuits, which in software, and what the lock file says of it.
    #[command(
        after_help = "Examples:\n  zkperf patches p.zkp --lock guest/Cargo.lock\n  \
                            zkperf patches zisk.zkp sp1.zkp risc0.zkp\n  zkperf patches --json"
    )]
    Patches(PatchesArgs),
    /// The text report of a profile, in the layout of the zkVM's own tool.
    #[command(after_help = "Example:\n  zkperf stats p.zkp")]
    Stats(ProfileFile),
    /// Print a profile as documented JSON (docs/profile.md).
    #[command(
        name = "to-json",
        after_help = "Example:\n  zkperf to-json p.zkp | jq .run"
    )]
    ToJson(ToJsonArgs),
    /// Lay down scripts/zkvm-bench and a zkperf.toml that names this repository's guests.
    #[command(
        after_help = "Examples:\n  zkperf init\n  zkperf init ../ethrex --block 24628607 --ci\n  \
                            zkperf init --recorded 'recorded/*.json.zst' --json"
    )]
    Init(InitArgs),
    /// Make a profile of the text report of an official emulator, or run one that is installed.
    #[command(
        after_help = "Examples:\n  zkperf import ziskemu.txt --elf guest.elf --input block.bin\n  \
                            zkperf import --engine official --official ~/zisk --elf guest.elf --input block.bin"
    )]
    Import(ImportArgs),
    /// Print the path of the profile that a file, text report, folder or pattern means.
    #[command(
        name = "find-profile",
        after_help = "Example:\n  zkperf find-profile 'profiles/zisk/stats_*_baseline.txt'"
    )]
    FindProfile(FindProfileArgs),
    /// Print the JSON Schema of `to-json`.
    #[command(after_help = "Example:\n  zkperf schema > profile.schema.json")]
    Schema,
}
