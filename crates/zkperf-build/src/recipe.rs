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
    /// What built guests carry in their files' names, which keeps versions of one zkVM apart.
    pub label: &'static str,
    /// Folder of the reference guest under `guests/`; versions whose guests are the same share it.
    pub reference: &'static str,
    /// The target's name. Cargo gets a name and never a file: the file's path would go into every symbol's hash.
    pub target: &'static str,
    /// The target's specification, for compilers that don't have it built in; `None` where every rustc has it.
    pub target_spec: Option<&'static str>,
    /// The linker script, if the zkVM needs one.
    pub linker_script: Option<&'static str>,
    /// Flags for every compiler.
    pub flags: &'static [&'static str],
    /// Further flags where std is built from source.
    pub from_source_flags: &'static [&'static str],
    /// Variables that the zkVM's crates ask for while they are compiled: name and value.
    pub environment: &'static [(&'static str, &'static str)],
    /// `-Zbuild-std-features`, where std is built from source.
    pub build_std_features: &'static [&'static str],
    /// True if a dependency of every guest generates C bindings, for which libclang must be there.
    pub needs_libclang: bool,
    /// Settings that `zkperf sweep` must not try, with the reason: those that break this zkVM's guests, or mean nothing.
    pub not_swept: &'static [NotSwept],
    /// Compilers in order of preference.
    pub candidates: &'static [Candidate],
}

/// A setting that is not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSwept {
    /// As `zkperf sweep --set` takes it; with `*` at its end all that begin so.
    pub setting: &'static str,
    /// Why not.
    pub why: &'static str,
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

/// Of several versions of one zkVM the first is the one that its bare name means.
const RECIPES: &[Recipe] = &[ZISK, ZISK_1_1_0, ZISK_1_2_0, SP1, RISC0];

/// Relaxation leaves hundreds of thousands of local labels, which name nothing
const DISCARD_LOCALS: &str = "-Clink-arg=--discard-locals";
/// One hart: an atomic is a plain load and store
const LOWER_ATOMIC: &str = "-Cpasses=lower-atomic";
/// For a target that is given by a file.
const FILE_TARGET: &str = "-Zunstable-options";
/// SP1 and RISC Zero bring the source of random bytes for getrandom
const GETRANDOM: &str = "--cfg=getrandom_backend=\"custom\"";

const NO_UNWINDING: NotSwept = NotSwept {
    setting: "panic=unwind",
    why: "the target aborts where it panics, and std is built for that",
};
const VECTORS: &str = "target-feature=+v*";
const NOT_EXECUTED: &str = "the zkVM does not execute such instructions";
const UNALIGNED: NotSwept = NotSwept {
    setting: "target-feature=+unaligned-scalar-mem",
    why: "a misaligned access ends the run",
};
const fn not_executed(setting: &'static str) -> NotSwept {
    NotSwept {
        setting,
        why: NOT_EXECUTED,
    }
}

/// For zkVMs that execute the base instructions and multiplication only.
const BASE_ONLY: &[NotSwept] = &[
    NO_UNWINDING,
    UNALIGNED,
    not_executed("target-feature=+c"),
    not_executed("target-feature=+f"),
    not_executed("target-feature=+d"),
    not_executed(VECTORS),
    not_executed("target-feature=+zb*"),
];

const ZISK: Recipe = Recipe {
    zkvm: "zisk",
    zkvm_version: "1.4.0-alpha",
    version: 1,
    label: "zisk",
    reference: "zisk",
    target: "riscv64ima-zisk-zkvm-elf",
    target_spec: Some(include_str!("../recipes/riscv64ima-zisk-zkvm-elf.json")),
    linker_script: Some(include_str!("../recipes/zisk-1.4.0-alpha.ld")),
    flags: &["-Cpanic=abort", DISCARD_LOCALS],
    from_source_flags: &[LOWER_ATOMIC, FILE_TARGET],
    environment: &[],
    build_std_features: &[],
    needs_libclang: true,
    // It executes Zba, Zbb and Zbs (zisk-riscv, `riscv2zisk_context.rs`), and misaligned accesses.
    not_swept: &[NO_UNWINDING, not_executed(VECTORS)],
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
};

/// What guests of ethrex and ere are linked for today; target, flags and compilers as for 1.4.0-alpha
/// (zisk-build 1.1.0-alpha, `src/lib.rs`), another memory map
const ZISK_1_1_0: Recipe = Recipe {
    zkvm_version: "1.1.0-alpha",
    label: "zisk-1.1.0-alpha",
    reference: "zisk-1.1.0-alpha",
    linker_script: Some(include_str!("../recipes/zisk-1.1.0-alpha.ld")),
    // Zba only with a feature of zisk-riscv that is off by default
    not_swept: &[
        NO_UNWINDING,
        not_executed(VECTORS),
        not_executed("target-feature=+zba"),
    ],
    ..ZISK
};

/// Memory map and run-time library are those of 1.1.0-alpha, to the byte, so its guests are this version's too
const ZISK_1_2_0: Recipe = Recipe {
    zkvm_version: "1.2.0-alpha",
    label: "zisk-1.2.0-alpha",
    ..ZISK_1_1_0
};

/// Flags as in sp1-build 6.10.0, `src/command/utils.rs`, get_rust_compiler_flags
const SP1: Recipe = Recipe {
    zkvm: "sp1",
    zkvm_version: "6.10.0",
    version: 1,
    label: "sp1",
    reference: "sp1",
    target: "riscv64im-succinct-zkvm-elf",
    target_spec: Some(include_str!("../recipes/riscv64im-succinct-zkvm-elf.json")),
    linker_script: None,
    flags: &[
        "-Cpanic=abort",
        DISCARD_LOCALS,
        LOWER_ATOMIC,
        // where the stack ends, which grows down to 0
        "-Clink-arg=--image-base=0x78000000",
        GETRANDOM,
        "-Cllvm-args=-misched-prera-direction=bottomup",
        "-Cllvm-args=-misched-postra-direction=bottomup",
    ],
    from_source_flags: &[FILE_TARGET],
    environment: &[],
    build_std_features: &["compiler-builtins-mem"],
    needs_libclang: false,
    not_swept: BASE_ONLY,
    candidates: &[
        Candidate {
            name: "SP1's own toolchain",
            rustc: RustcSource::Rustup("succinct"),
            std: StdSource::Prebuilt,
            install: "curl -L https://sp1up.succinct.xyz | bash && sp1up",
        },
        SOURCE_CANDIDATES[0],
        SOURCE_CANDIDATES[1],
        SOURCE_CANDIDATES[2],
        SOURCE_CANDIDATES[3],
    ],
};

/// Flags and variable as in risc0-build 3.0.5, `src/lib.rs`, encode_rust_flags and sanitized_cmd
const RISC0: Recipe = Recipe {
    zkvm: "risc0",
    zkvm_version: "3.0.6",
    version: 1,
    label: "risc0",
    reference: "risc0",
    target: "riscv32im-risc0-zkvm-elf",
    target_spec: None,
    linker_script: None,
    flags: &[
        "-Cpanic=abort",
        DISCARD_LOCALS,
        LOWER_ATOMIC,
        "-Clink-arg=-Ttext=0x00200800",
        // that there is no entry point is only a warning
        "-Clink-arg=--fatal-warnings",
        GETRANDOM,
    ],
    from_source_flags: &[],
    // risc0-bigint2 does not compile without it
    environment: &[("RISC0_FEATURE_bigint2", "")],
    build_std_features: &["compiler-builtins-mem"],
    needs_libclang: false,
    not_swept: BASE_ONLY,
    candidates: &[
        Candidate {
            name: "RISC Zero's own toolchain",
            rustc: RustcSource::Rustup("risc0"),
            std: StdSource::Prebuilt,
            install: "curl -L https://risczero.com/install | bash && rzup install rust",
        },
        SOURCE_CANDIDATES[0],
        SOURCE_CANDIDATES[1],
        SOURCE_CANDIDATES[2],
        SOURCE_CANDIDATES[3],
    ],
};

impl Recipe {
    /// Every recipe.
    pub fn all() -> &'static [Recipe] {
        RECIPES
    }

    /// The recipe for `zkvm`, a name or `name@version`, if there is one.
    pub fn find(zkvm: &str) -> Option<&'static Recipe> {
        let (name, version) = match zkvm.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (zkvm, None),
        };
        RECIPES.iter().find(|recipe| {
            recipe.zkvm == name && version.is_none_or(|version| recipe.zkvm_version == version)
        })
    }

    /// Name and version, as [`Recipe::find`] takes them: `zisk@1.1.0-alpha`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.zkvm, self.zkvm_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_prefers_the_official_compiler_and_can_do_without() {
        for recipe in RECIPES {
            let [official, others @ ..] = recipe.candidates else {
                panic!("{} has no compiler", recipe.zkvm)
            };
            assert!(matches!(official.rustc, RustcSource::Rustup(_)));
            assert_eq!(official.std, StdSource::Prebuilt);
            assert!(others.iter().any(|other| other.std == StdSource::Source));
        }
    }

    #[test]
    fn a_recipe_is_found_by_version_and_the_newest_without() {
        for recipe in RECIPES {
            let found = Recipe::find(&recipe.id()).expect("there is one");
            assert_eq!(found.id(), recipe.id());
            assert_eq!(found.reference, recipe.reference);
        }
        let version = |wanted| Recipe::find(wanted).map(|recipe| recipe.zkvm_version);
        assert_eq!(version("zisk"), Some("1.4.0-alpha"));
        assert_eq!(version("zisk@1.1.0-alpha"), Some("1.1.0-alpha"));
        for unknown in ["zisk@1.1.0", "zisk@", "sp1@1.1.0-alpha", "nothing", ""] {
            assert_eq!(version(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn versions_are_kept_apart_by_their_labels() {
        let mut labels: Vec<_> = RECIPES.iter().map(|recipe| recipe.label).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), RECIPES.len());
    }

    #[test]
    fn a_target_given_by_a_file_is_announced_to_the_compiler() {
        for recipe in RECIPES {
            assert_eq!(
                recipe.target_spec.is_some(),
                recipe.from_source_flags.contains(&FILE_TARGET),
                "{}",
                recipe.zkvm
            );
            let spec = recipe
                .target_spec
                .map(serde_json::from_str::<serde_json::Value>);
            if let Some(spec) = spec {
                assert_eq!(spec.expect("JSON")["panic-strategy"], "abort");
            }
        }
    }
}
