//! What can be asked for on the command line.

use std::path::{Path, PathBuf};

use anyhow::{bail, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::official::version::V1_4_0;
use crate::source;

#[derive(Parser)]
#[command(about = "Developer tasks of zkperf")]
pub struct Cli {
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Subcommand)]
pub enum Task {
    /// Run guests on the official executor and on ours, and compare every figure.
    Verify {
        /// The zkVM, and of ZisK a version: `zisk@1.1.0-alpha`.
        zkvm: Asked,
        #[command(flatten)]
        official: OfficialArgs,
        #[command(flatten)]
        what: What,
    },
    /// Measure our speed and memory against the official executor's.
    Versus {
        /// The zkVM.
        zkvm: Family,
        #[command(flatten)]
        official: OfficialArgs,
        #[command(flatten)]
        guest: OneGuest,
        /// Alternating rounds of which the median is taken.
        #[arg(long, default_value_t = 3)]
        pairs: usize,
    },
    /// Run an official executor alone, to be measured.
    #[command(hide = true)]
    OfficialRun {
        /// The zkVM; the others' executors are programs of their own.
        zkvm: Family,
        #[command(flatten)]
        guest: OneGuest,
        /// Segment size.
        #[arg(long, default_value_t = 20)]
        po2: u32,
    },
    /// Everything long: all comparisons and measurements, guests rebuilt. Prints its steps.
    Full {
        #[command(flatten)]
        official: OfficialArgs,
        /// Installation prefix of an older version's ziskemu, for each version to check, too.
        #[arg(long, value_name = "DIR")]
        older: Vec<PathBuf>,
        /// Folder with recorded blocks.
        #[arg(long, default_value = "../shared/blocks")]
        blocks: PathBuf,
        /// Only list the steps.
        #[arg(long)]
        list: bool,
    },
    /// List newer official crates in the registry, and print what their tables change.
    Versions {
        /// Only this zkVM's crates.
        #[arg(value_enum)]
        zkvm: Option<Family>,
        /// Compare with this version, newer or older, instead of the newest.
        #[arg(long)]
        version: Option<String>,
    },
    /// Write the hand-written guests (and random ones) as files.
    Guests {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
        /// Also this many random programs.
        #[arg(long, default_value_t = 0)]
        random: u64,
        /// The version of ZisK they are for; the newest, if none is given.
        #[arg(long)]
        version: Option<String>,
    },
}

/// A zkVM family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// ZisK, against `ziskemu`.
    Zisk,
    /// SP1; its executor is built from `checks/sp1`.
    Sp1,
    /// RISC Zero; its executor is a part of xtask.
    Risc0,
}

impl Family {
    /// The name that `--zkvm` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zisk => "zisk",
            Self::Sp1 => "sp1",
            Self::Risc0 => "risc0",
        }
    }
}

/// A zkVM family, and the version that was asked for: `zisk`, `zisk@1.1.0-alpha`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The family.
    pub family: Family,
    /// The version, if one was named; ZisK's only.
    pub version: Option<String>,
}

impl Asked {
    /// The name that `--zkvm` takes; the newest version is the family's.
    pub fn name(&self) -> String {
        match &self.version {
            Some(version) if version != V1_4_0.name() => {
                format!("{}@{version}", self.family.name())
            }
            _ => self.family.name().to_owned(),
        }
    }
}

impl From<Family> for Asked {
    fn from(family: Family) -> Self {
        Self {
            family,
            version: None,
        }
    }
}

impl std::str::FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (family, version) = match text.split_once('@') {
            Some((family, version)) => (family, Some(version.to_owned())),
            None => (text, None),
        };
        let family = Family::from_str(family, false)?;
        if version.is_some() && family != Family::Zisk {
            return Err("only ZisK has versions to choose from".into());
        }
        Ok(Self { family, version })
    }
}

#[derive(Args)]
pub struct OfficialArgs {
    /// Installation prefix of ZisK's official tools: `DIR/bin/ziskemu`.
    #[arg(long, value_name = "DIR")]
    official: Option<PathBuf>,
}

impl OfficialArgs {
    /// The prefix.
    ///
    /// # Errors
    /// If none was given.
    pub fn prefix(&self) -> Result<&Path> {
        match &self.official {
            Some(prefix) => Ok(prefix),
            None => bail!("ZisK's official emulator is needed: pass --official DIR"),
        }
    }
}

/// One guest and its input.
#[derive(Args)]
pub struct OneGuest {
    /// With --recorded: build the guest instead of taking the prebuilt one.
    #[arg(long)]
    pub rebuild: bool,
    /// A recorded block: the reference guest runs on it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["elf", "input"])]
    pub recorded: Option<PathBuf>,
    /// Variant of the reference guest.
    #[arg(long, default_value = "unpatched")]
    pub variant: String,
    /// A guest.
    #[arg(long)]
    pub elf: Option<PathBuf>,
    /// Its input.
    #[arg(long, requires = "elf")]
    pub input: Option<PathBuf>,
}

impl OneGuest {
    /// Whether one guest was named.
    pub fn is_given(&self) -> bool {
        self.recorded.is_some() || self.elf.is_some()
    }

    /// Where it and its input lie, for a zkVM.
    pub fn wanted(&self, zkvm: &Asked) -> source::Wanted {
        source::Wanted {
            zkvm: zkvm.name(),
            recorded: self.recorded.clone(),
            variant: self.variant.clone(),
            rebuild: self.rebuild,
            elf: self.elf.clone(),
            input: self.input.clone(),
        }
    }
}

#[derive(Args)]
pub struct What {
    #[command(flatten)]
    pub guest: OneGuest,
    /// All hand-written guests.
    #[arg(long)]
    pub guests: bool,
    /// Only guests whose name contains this.
    #[arg(long, requires = "guests", value_name = "TEXT", default_value = "")]
    pub only: String,
    /// This many random programs.
    #[arg(long, value_name = "N")]
    pub random: Option<u64>,
    /// Seed of the first random program; the others follow.
    #[arg(long, requires = "random", default_value_t = 0)]
    pub seed: u64,
    /// The embedded demo.
    #[arg(long)]
    pub demo: bool,
    /// Compare functions, too (always on for the hand-written guests and random programs).
    #[arg(long)]
    pub functions: bool,
    /// Segment sizes, for zkVMs that have them.
    #[arg(long, value_delimiter = ',')]
    pub po2: Vec<u32>,
    /// Write the official figures of the hand-written guests (SP1's tests read them).
    #[arg(long, requires = "guests", value_name = "FILE")]
    pub write_golden: Option<PathBuf>,
    /// Plant one wrong figure of each kind; each must be reported.
    #[arg(long)]
    pub self_test: bool,
}

impl What {
    /// ELF and input of the one guest that was asked for, if one was.
    pub fn files(&self, zkvm: &Asked) -> Result<Option<source::Files>> {
        if self.demo {
            Ok(Some(source::demo(&zkvm.name())?))
        } else if self.guest.is_given() {
            Ok(Some(source::resolve(&self.guest.wanted(zkvm))?))
        } else {
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_asked_for_by_name() {
        let zisk = Asked::from(Family::Zisk);
        assert_eq!("zisk".parse(), Ok(zisk));
        let old: Asked = "zisk@1.1.0-alpha".parse().unwrap();
        assert_eq!(old.name(), "zisk@1.1.0-alpha");
        let newest: Asked = "zisk@1.4.0-alpha".parse().unwrap();
        assert_eq!(newest.name(), "zisk");
        assert!("sp1@6.3.1".parse::<Asked>().is_err());
        assert!("other".parse::<Asked>().is_err());
    }
}
