//! The tables of `zkperf.toml` and what their keys mean.

use crate::error::ConfigError;
use crate::reader::Section;
use serde::Serialize;
use std::collections::BTreeMap;

/// `[guest]`: the guest program of this repository, on every zkVM it is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Guests {
    /// Name kept in profiles; absent: the name of the package or of the ELF's file.
    pub name: Option<String>,
    /// `[guest.<zkvm>]` by its name, as `--zkvm` takes it: `zisk`, or `zisk@1.1.0-alpha`.
    pub zkvms: BTreeMap<String, ZkvmGuest>,
}

/// `[guest.<zkvm>]`: where this zkVM's guest comes from and what it reads. Paths are relative to `zkperf.toml`,
/// commands are run in its folder by `sh -c`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ZkvmGuest {
    /// How its ELF is made.
    pub build: GuestBuild,
    /// What it reads.
    pub input: GuestInput,
    /// Variant, as `--variant` takes it, for zkperf's own recipe; kept in profiles.
    pub variant: Option<String>,
    /// Line of `zkperf.toml` in which its table begins.
    #[serde(skip)]
    pub line: usize,
}

/// How a guest's ELF is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GuestBuild {
    /// By zkperf's recipe, from the package in this folder.
    Package {
        /// Folder with the guest's `Cargo.toml`; `reference` is the guest that comes with zkperf.
        package: String,
    },
    /// By a command of the repository's own, which leaves it in a file.
    Command {
        /// The command; `{zkvm}`, `{version}` and `{variant}` stand for what is built.
        command: String,
        /// The file it leaves.
        elf: String,
    },
    /// Not at all: the file is there.
    Prebuilt {
        /// The file.
        elf: String,
    },
}

/// What a guest reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GuestInput {
    /// The input format of zkperf's reference guest.
    Own,
    /// What a command of the repository's own makes of a block.
    Command {
        /// The command; `{recorded}` stands for the recorded block, `{block}` for its number, `{chain}` for the
        /// chain's id, `{zkvm}` for the zkVM, `{out}` for the file to write.
        command: String,
    },
    /// A fixed file.
    File {
        /// The file.
        file: String,
    },
}

/// `[bench]`: what is measured when the command line names nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bench {
    /// zkVMs; empty: every one that has a `[guest.<zkvm>]`.
    pub zkvms: Vec<String>,
    /// Block numbers, from the node, the store or among `recorded`.
    pub blocks: Vec<u64>,
    /// Recorded blocks: files or patterns, relative to `zkperf.toml`.
    pub recorded: Vec<String>,
    /// The variable of the environment that holds the node's URL. The URL itself is never in a file.
    pub rpc_url_env: String,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            zkvms: Vec::new(),
            blocks: Vec::new(),
            recorded: Vec::new(),
            rpc_url_env: "RPC_URL".into(),
        }
    }
}

/// `[lab]`: by which rules a change may be tried and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lab {
    /// Patterns of the paths that an attempt may change; empty: all but `protected`.
    pub may_change: Vec<String>,
    /// Patterns of the paths that no attempt may change.
    pub protected: Vec<String>,
    /// The repository's own tests, run before a change can be kept.
    pub check: Option<String>,
    /// The ledger, relative to `zkperf.toml`.
    pub ledger: String,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            may_change: Vec::new(),
            protected: vec!["zkperf.toml".into()],
            check: None,
            ledger: "lab/ledger.jsonl".into(),
        }
    }
}

/// `[sweep]`: what `zkperf sweep` sets, where that is not its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sweep {
    /// The factors that are named, in the order of [`Sweep::KEYS`].
    pub factors: Vec<SweepFactor>,
}

/// A factor of a sweep and the values it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SweepFactor {
    /// Its key.
    pub key: String,
    /// Its values, each with its line; none if it is not swept.
    pub values: Vec<(usize, String)>,
}

impl Sweep {
    /// The keys of the table.
    pub const KEYS: [&str; 7] = [
        "opt-level",
        "lto",
        "codegen-units",
        "panic",
        "llvm",
        "target-feature",
        "C",
    ];

    pub(crate) fn read(mut section: Section<'_, '_>) -> Result<Self, ConfigError> {
        let mut factors = Vec::new();
        for key in Self::KEYS {
            if let Some(values) = section.words(key)? {
                let key = key.to_owned();
                factors.push(SweepFactor { key, values });
            }
        }
        section.finish()?;
        Ok(Self { factors })
    }
}

impl Guests {
    pub(crate) fn read(mut section: Section<'_, '_>) -> Result<Self, ConfigError> {
        let name = section.plain_text("name")?;
        let mut zkvms = BTreeMap::new();
        for (zkvm, table) in section.other_tables()? {
            zkvms.insert(zkvm, ZkvmGuest::read(table)?);
        }
        section.finish()?;
        Ok(Self { name, zkvms })
    }
}

impl ZkvmGuest {
    fn read(mut section: Section<'_, '_>) -> Result<Self, ConfigError> {
        let package = section.text("package")?;
        let command = section.text("build")?;
        let elf = section.plain_text("elf")?;
        let variant = section.plain_text("variant")?;
        let input = section.text("input")?;
        let file = section.text("input_file")?;
        // Before what is missing: it may be there under a mistyped name.
        section.finish()?;
        let line = section.line;
        let build = match (command, elf, package) {
            (Some((_, command)), Some(elf), _) => GuestBuild::Command { command, elf },
            (Some((line, _)), None, _) => {
                let problem = "needs `elf` beside it: the file that it leaves";
                return Err(section.bad(line, "build", problem));
            }
            (None, Some(_), Some((line, _))) => {
                let problem = "is built with zkperf's recipe, which puts the ELF where it likes: leave out `elf`, \
                               or say with `build` by which command it is built";
                return Err(section.bad(line, "package", problem));
            }
            (None, Some(elf), None) => GuestBuild::Prebuilt { elf },
            (None, None, Some((_, package))) => GuestBuild::Package { package },
            (None, None, None) => {
                let problem =
                    "a guest needs `package` (a folder), `build` with `elf`, or `elf` alone";
                return Err(section.bad(line, "package", format!("is missing: {problem}")));
            }
        };
        let input = match (input, file) {
            (Some(_), Some((line, _))) => {
                let problem =
                    "is a fixed file, and `input` makes one of every block: leave one out";
                return Err(section.bad(line, "input_file", problem));
            }
            (Some((line, command)), None) => {
                if !command.contains("{out}") {
                    let problem = "has no {out}: the file that it must write";
                    return Err(section.bad(line, "input", problem));
                }
                GuestInput::Command { command }
            }
            (None, Some((_, file))) => GuestInput::File { file },
            (None, None) => GuestInput::Own,
        };
        Ok(Self {
            build,
            input,
            variant,
            line,
        })
    }
}

impl Bench {
    pub(crate) fn read(mut section: Section<'_, '_>) -> Result<Self, ConfigError> {
        let default = Self::default();
        let zkvms = plain(section.texts("zkvms")?);
        let blocks = section.numbers("blocks")?.unwrap_or_default();
        let recorded = plain(section.texts("recorded")?);
        let rpc_url_env = match section.text("rpc_url_env")? {
            None => default.rpc_url_env,
            Some((_, name)) if is_variable(&name) => name,
            // What stands there may be the URL: it is not shown.
            Some((line, _)) => {
                let problem = "is not the name of a variable of the environment, such as RPC_URL; the URL itself \
                               must not be in a file";
                return Err(section.bad(line, "rpc_url_env", problem));
            }
        };
        section.finish()?;
        Ok(Self {
            zkvms,
            blocks,
            recorded,
            rpc_url_env,
        })
    }
}

impl Lab {
    pub(crate) fn read(mut section: Section<'_, '_>) -> Result<Self, ConfigError> {
        let default = Self::default();
        let may_change = plain(section.texts("may_change")?);
        let protected = section.texts("protected")?;
        let check = section.plain_text("check")?;
        let ledger = section.plain_text("ledger")?;
        section.finish()?;
        Ok(Self {
            may_change,
            protected: protected.map_or(default.protected, |list| plain(Some(list))),
            check,
            ledger: ledger.unwrap_or(default.ledger),
        })
    }
}

/// `[limits]`: what the lab allows a measure to grow by: `0.1%`, or a count.
pub(crate) fn read_limits(
    mut section: Section<'_, '_>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut limits = BTreeMap::new();
    for (measure, line, limit) in section.other_scalars()? {
        if !is_limit(&limit) {
            let problem = format!(
                "is {limit:?}, not a limit: write a count (\"1000\") or a share (\"0.1%\")"
            );
            return Err(section.bad(line, &measure, problem));
        }
        limits.insert(measure, limit);
    }
    Ok(limits)
}

/// Digits, or a decimal number and `%`.
fn is_limit(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_suffix('%') {
        None => digits(text) && text.parse::<u64>().is_ok(),
        Some(share) => match share.split_once('.') {
            None => digits(share),
            Some((whole, part)) => digits(whole) && digits(part),
        },
    }
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn plain(list: Option<Vec<(usize, String)>>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.into_iter().map(|(_, text)| text).collect()
}
