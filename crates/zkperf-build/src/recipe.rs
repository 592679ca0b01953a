//! What it takes to build for a zkVM, as data.

/// How to build guests for one version of one zkVM.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// The zkVM's name, as `--zkvm` takes it.
    pub zkvm: &'static str,
    /// The zkVM's version, for which target and memory map hold.
    pub zkvm_version: &'static str,
    /// Counts up with every change of this recipe that can change an ELF.
    pub version: u32,
    /// Folder of the reference guest under `guests/`.
    pub reference: &'static str,
    /// The target's name. Cargo gets a name and never a file: the file's path would go into every symbol's hash.
    pub target: &'static str,
    /// The target's specification, for compilers that don't have it built in.
    pub target_spec: &'static str,
    /// The linker script, if the zkVM needs one.
    pub linker_script: Option<&'static str>,
    /// Flags for every compiler.
    pub flags: &'static [&'static str],
    /// Further flags where std is built from source.
    pub from_source_flags: &'static [&'static str],
    /// `-Zbuild-std-features`, where std is built from source.
    pub build_std_features: &'static [&'static str],
    /// True if a dependency of every guest generates C bindings, for which libclang must be there.
    pub needs_libclang: bool,
    /// Compilers in order of preference.
    pub candidates: &'static [Candidate],
}

/// A compiler that may be on the machine.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Name for people.
    pub name: &'static str,
    /// Where to look.
    pub rustc: RustcSource,
    /// Where its std comes from.
    pub std: StdSource,
    /// The command that installs it.
    pub install: &'static str,
}

/// Where a `rustc` is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RustcSource {
    /// The path that an environment variable holds.
    Env(&'static str),
    /// A toolchain of rustup's.
    Rustup(&'static str),
    /// A program: a path, or a name that is looked up in `PATH`.
    Program(&'static str),
}

/// Where a compiler gets the guest's std from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StdSource {
    /// It ships std for the target.
    Prebuilt,
    /// It ships std's sources; cargo builds them with `-Zbuild-std`.
    Source,
}

const SOURCE_CANDIDATES: [Candidate; 4] = [
    Candidate {
        name: "the compiler that ZKPERF_RUSTC names",
        rustc: RustcSource::Env("ZKPERF_RUSTC"),
        std: StdSource::Source,
        install: "export ZKPERF_RUSTC=/path/to/a/rustc/with/std/sources",
    },
    Candidate {
        name: "the active rustc, with std's sources",
        rustc: RustcSource::Program("rustc"),
        std: StdSource::Source,
        install: "rustup component add rust-src",
    },
    Candidate {
        name: "rustup's nightly, with std's sources",
        rustc: RustcSource::Rustup("nightly"),
        std: StdSource::Source,
        install: "rustup toolchain install nightly --component rust-src",
    },
    Candidate {
        name: "the system's rustc, with std's sources",
        rustc: RustcSource::Program("/usr/bin/rustc"),
        std: StdSource::Source,
        install: "apt-get install rustc-web rust-web-src lld",
    },
];

const RECIPES: &[Recipe] = &[Recipe {
    zkvm: "zisk",
    zkvm_version: "1.4.0-alpha",
    version: 1,
    reference: "zisk",
    target: "riscv64ima-zisk-zkvm-elf",
    target_spec: include_str!("../recipes/riscv64ima-zisk-zkvm-elf.json"),
    linker_script: Some(include_str!("../recipes/zisk-1.4.0-alpha.ld")),
    // relaxation leaves hundreds of thousands of local labels, which name nothing
    flags: &["-Cpanic=abort", "-Clink-arg=--discard-locals"],
    // one hart: an atomic is a plain load and store
    from_source_flags: &["-Cpasses=lower-atomic", "-Zunstable-options"],
    build_std_features: &[],
    needs_libclang: true,
    candidates: &[
        Candidate {
            name: "ZisK's own toolchain",
            rustc: RustcSource::Rustup("zisk"),
            std: StdSource::Prebuilt,
            install: "curl -L https://raw.githubusercontent.com/0xPolygonHermez/zisk/main/ziskup/install.sh | bash",
        },
        SOURCE_CANDIDATES[0],
        SOURCE_CANDIDATES[1],
        SOURCE_CANDIDATES[2],
        SOURCE_CANDIDATES[3],
    ],
}];

impl Recipe {
    /// Every recipe.
    pub fn all() -> &'static [Recipe] {
        RECIPES
    }

    /// The recipe for `zkvm`, if there is one.
    pub fn find(zkvm: &str) -> Option<&'static Recipe> {
        RECIPES.iter().find(|recipe| recipe.zkvm == zkvm)
    }
}
