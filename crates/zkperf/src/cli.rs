//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The workbench for making zkVM guest programs cheaper to prove.
#[derive(Debug, Parser)]
#[command(
    name = "zkperf",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 a limit was exceeded, 4 outputs differ.\n\
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
    /// The functions that cost most, or the crates or modules.
    #[command(
        after_help = "Examples:\n  zkperf top p.zkp\n  zkperf top p.zkp --inclusive --filter keccak --measure steps\n  \
                            zkperf top p.zkp --by crate"
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
    /// Two profiles side by side; a verdict only where both follow the same cost model on the same input.
    #[command(after_help = "Examples:\n  zkperf compare before.zkp after.zkp\n  \
                            zkperf compare zisk-1.1.0.zkp zisk-1.4.0.zkp --json")]
    Compare(CompareArgs),
    /// The text report of a profile, in the layout of the zkVM's own tool.
    #[command(after_help = "Example:\n  zkperf stats p.zkp")]
    Stats(ProfileFile),
    /// Print a profile as documented JSON (docs/profile.md).
    #[command(
        name = "to-json",
        after_help = "Example:\n  zkperf to-json p.zkp | jq .run"
    )]
    ToJson(ToJsonArgs),
    /// Print the JSON Schema of `to-json`.
    #[command(after_help = "Example:\n  zkperf schema > profile.schema.json")]
    Schema,
}

/// `zkperf demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// One zkVM, or all.
    #[arg(long, value_name = "ZKVM", default_value = "all")]
    pub zkvm: String,
    /// Folder for the profiles and their reports.
    #[arg(long, short, value_name = "DIR", default_value = "zkperf-demo")]
    pub out: PathBuf,
    /// Also write the embedded guest and input there, for other tools.
    #[arg(long)]
    pub keep_inputs: bool,
}

/// `zkperf doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One zkVM, or all.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: Option<String>,
}

/// Where blocks come from and go to.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// JSON-RPC endpoint of a node with debug_executionWitness. Only its host is ever shown.
    #[arg(
        long,
        value_name = "URL",
        env = "ZKPERF_RPC_URL",
        hide_env_values = true
    )]
    pub rpc_url: Option<String>,
    /// PEM file of certificates to trust, instead of the bundled ones, when the node is https://.
    #[arg(
        long,
        value_name = "FILE",
        env = "SSL_CERT_FILE",
        hide_env_values = true
    )]
    pub ca_file: Option<PathBuf>,
    /// A recorded answer instead of a node; repeat for several blocks.
    #[arg(long, value_name = "FILE", conflicts_with = "rpc_url")]
    pub recorded: Vec<PathBuf>,
    /// The chain the block must be of.
    #[arg(long, value_name = "ID")]
    pub chain_id: Option<u64>,
    /// The input store; default: $ZKPERF_HOME/inputs, or the user's data folder.
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Ask the node even if the store has the block.
    #[arg(long)]
    pub refetch: bool,
}

/// `zkperf input`.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Block number; may be left out with --recorded.
    pub block: Option<u64>,
    /// Source and store.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The zkVM whose framing the file gets: zisk, sp1, risc0, or all for one file each.
    #[arg(
        long,
        visible_alias = "zkvm",
        value_name = "FORMAT",
        default_value = "zisk"
    )]
    pub format: String,
    /// Folder for the input file; default: the store.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Also save what the node answered, in the form --recorded reads.
    #[arg(long, value_name = "FILE")]
    pub save_recorded: Option<PathBuf>,
}

/// Which guest, built or to be built.
#[derive(Debug, Clone, Args)]
pub struct GuestSource {
    /// `reference`, or a folder with a guest's Cargo.toml.
    #[arg(long, value_name = "GUEST", default_value = "reference")]
    pub guest: String,
    /// Variant of the guest, such as unpatched or accelerated.
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
}

/// `zkperf build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The zkVM: zisk, sp1 or risc0, as in zisk@1.1.0-alpha, or all.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: String,
    /// The guest.
    #[command(flatten)]
    pub source: GuestSource,
    /// Folder for the ELF and its record.
    #[arg(long, short, value_name = "DIR", default_value = "zkperf-guests")]
    pub out: PathBuf,
}

/// A guest and its input.
#[derive(Debug, Clone, Args)]
pub struct GuestArgs {
    /// The zkVM: zisk, sp1 or risc0, or with its version, as in zisk@1.1.0-alpha; auto goes by the ELF's headers,
    /// all wants an --elf for each and takes it to its own.
    #[arg(long, value_name = "ZKVM", default_value = crate::guest::AUTO)]
    pub zkvm: String,
    /// The guest's ELF (RISC Zero's program binaries, too); only `run --zkvm native` needs none.
    #[arg(long, value_name = "FILE")]
    pub elf: Vec<PathBuf>,
    /// An input file; repeat for several buffers. Without --input and --stdin the guest gets an empty input, on
    /// every zkVM: what it makes of that is up to it.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// A serialized standard input in place of --input: SP1's `SP1Stdin`.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub stdin: Option<PathBuf>,
    /// An argument of the guest (RISC Zero); repeat for several.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// A variable of the guest's environment (RISC Zero); repeat for several.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Largest segment, as a power of two of cycles (RISC Zero); default: the zkVM's own.
    #[arg(long, value_name = "N")]
    pub po2: Option<u32>,
    /// Stop before step (cycle) number N + 1; 0 runs none.
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u64>,
}

/// `zkperf run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The guest.
    #[command(flatten)]
    pub guest: GuestArgs,
    /// Write the public output to a file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `zkperf profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The guest.
    #[command(flatten)]
    pub guest: GuestArgs,
    /// Where the profile goes; default: profiles/<zkvm>/stats_<time>_<commit>_<title>.zkp
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// A title, kept in the profile and in its file name.
    #[arg(long, default_value = "")]
    pub title: String,
    /// Also write the text report beside the profile, in the layout of the zkVM's own tool.
    #[arg(long)]
    pub stats: bool,
}

/// `zkperf compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The first profile.
    pub before: PathBuf,
    /// The second.
    pub after: PathBuf,
}

/// `zkperf bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The zkVM: zisk, sp1, risc0, or all.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: String,
    /// A block number; repeat for a set. May be left out with --recorded.
    #[arg(long, value_name = "N")]
    pub block: Vec<u64>,
    /// Source and store.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The guest to build; ignored with --elf.
    #[command(flatten)]
    pub guest: GuestSource,
    /// An ELF that is already built, instead of building one; with --zkvm all, one for each zkVM.
    #[arg(long, value_name = "FILE")]
    pub elf: Vec<PathBuf>,
    /// Largest segment, as a power of two of cycles (RISC Zero); default: the zkVM's own.
    #[arg(long, value_name = "N")]
    pub po2: Option<u32>,
    /// A title, kept in the profiles and in their file names.
    #[arg(long, default_value = "bench")]
    pub title: String,
    /// Folder for profiles and reports, with one in it for each zkVM if there are several; default:
    /// profiles/<zkvm>
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A profile.
#[derive(Debug, Args)]
pub struct ProfileFile {
    /// The profile.
    pub profile: PathBuf,
}

/// `zkperf top`.
#[derive(Debug, Args)]
pub struct TopArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Measure to rank by; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Rank by what a function costs with everything it calls.
    #[arg(long, short)]
    pub inclusive: bool,
    /// Regular expression that names must match.
    #[arg(long, short, value_name = "REGEX")]
    pub filter: Option<String>,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// What a row is.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "function")]
    pub by: By,
    /// Count inlined code as functions of its own.
    #[arg(long)]
    pub inlined: bool,
}

/// What a row of `top` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A function.
    Function,
    /// A crate, by the names of its functions.
    Crate,
    /// A module, by the names of its functions.
    Module,
    /// A source file, by the lines of its code.
    File,
}

/// Source files.
#[derive(Debug, Clone, Args)]
pub struct SourceRoots {
    /// Where source files lie whose path in the profile begins with FROM; repeat for several. Registry crates and
    /// the standard library are found by themselves where cargo and rustup keep them.
    #[arg(long, value_name = "FROM=TO")]
    pub source: Vec<String>,
}

/// `zkperf where`.
#[derive(Debug, Args)]
pub struct WhereArgs {
    /// The profile.
    pub profile: PathBuf,
    /// The function: its name, a part of it, or a regular expression.
    pub function: String,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Take all functions that match together, instead of asking for one.
    #[arg(long, short)]
    pub all: bool,
    /// How many stacks; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// How many callers tell stacks apart, from the function outwards; 0 for all.
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    pub depth: usize,
    /// Functions of the ELF only, without inlined code.
    #[arg(long)]
    pub physical: bool,
}

/// A viewer's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// pprof, compressed: every measure, inlined code as lines of one location.
    Pprof,
    /// speedscope: the chosen measures and the order in time.
    Speedscope,
    /// Firefox Profiler: the chosen measures and the order in time.
    Firefox,
    /// Folded stacks of one measure, for flamegraph.pl and inferno.
    Folded,
    /// Callgrind: every measure, by function and line, for KCachegrind and callgrind_annotate.
    Callgrind,
}

/// `zkperf export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The profile.
    pub profile: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Write to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Measure (folded: one; speedscope, firefox: repeat for several); default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Vec<String>,
    /// Functions of the ELF only, without inlined code; callgrind has inlined code as lines in any case.
    #[arg(long)]
    pub physical: bool,
}

/// `zkperf report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The profile; of two, the base.
    pub profile: PathBuf,
    /// A second profile, to show what became more and what became less.
    pub head: Option<PathBuf>,
    /// The file to write.
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// Where the source is; only the lines shown are taken into the page.
    #[command(flatten)]
    pub roots: SourceRoots,
}

/// `zkperf annotate`.
#[derive(Debug, Args)]
pub struct AnnotateArgs {
    /// The profile.
    pub profile: PathBuf,
    /// The function: its name, a part of it, or a regular expression. Inlined functions count as well.
    pub function: String,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Take all functions that match together, instead of asking for one.
    #[arg(long, short)]
    pub all: bool,
    /// Where the source is.
    #[command(flatten)]
    pub roots: SourceRoots,
}

/// `zkperf lines`.
#[derive(Debug, Args)]
pub struct LinesArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Measure to rank by; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Regular expression that path:line must match.
    #[arg(long, short, value_name = "REGEX")]
    pub filter: Option<String>,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Where the source is.
    #[command(flatten)]
    pub roots: SourceRoots,
}

/// `zkperf tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Show inlined code as frames of its own.
    #[arg(long)]
    pub inlined: bool,
    /// Sum up contexts below this share of the run, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = percentage)]
    pub min: f64,
    /// How deep; 0 for all.
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    pub depth: usize,
}

/// `zkperf callers` and `zkperf callees`.
#[derive(Debug, Args)]
pub struct CallsArgs {
    /// The profile.
    pub profile: PathBuf,
    /// The function: its name, a part of it, or a regular expression.
    pub function: String,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Take all functions that match together, instead of asking for one.
    #[arg(long, short)]
    pub all: bool,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 30)]
    pub limit: usize,
    /// Count inlined code as functions of its own.
    #[arg(long)]
    pub inlined: bool,
}

/// `zkperf to-json`.
#[derive(Debug, Args)]
pub struct ToJsonArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Write to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A number from 0 to 100.
fn percentage(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    match (0.0..=100.0).contains(&number) {
        true => Ok(number),
        false => Err("a share of the run is from 0 to 100".to_owned()),
    }
}
