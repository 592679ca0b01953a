//! The official emulator as a subprocess: ziskemu, its snapshot, report and output.

pub mod csv;
pub mod functions;
pub mod image;
pub mod report;
pub mod version;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{bail, Context, Result};

use crate::figures::Figures;
use version::Version;

/// Seed given to both sides, so that guests which ask for randomness run alike.
pub const RANDOM_SEED: &str = "2a";

/// An installed ziskemu.
#[derive(Debug, Clone)]
pub struct Ziskemu {
    binary: PathBuf,
    version: &'static Version,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Exit code 0.
    Success,
    /// A report, then failure: exit code, halt or step limit. Holds ziskemu's words.
    Failed(String),
    /// ziskemu panicked while the guest ran: no report.
    Aborted(String),
    /// The file was refused: no report.
    Refused(String),
}

/// One run with statistics.
#[derive(Debug)]
pub struct OfficialRun {
    /// Every figure of snapshot and report; empty if there was no report.
    pub figures: Figures,
    /// The text report from its title on; empty if there was none.
    pub text: String,
    /// The 256 bytes of public output, if the run succeeded.
    pub output: Option<Vec<u8>>,
    /// How it ended.
    pub end: End,
    /// Whether ziskemu gave up on functions.
    pub call_stack_lost: bool,
}

/// What to ask of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Attribute to functions (`-S -D`), which is slow on big guests.
    pub functions: bool,
    /// Stop before this step.
    pub max_steps: Option<u64>,
}

impl Ziskemu {
    /// The emulator of an installation prefix, as `reference-tools PREFIX` makes it; it must be of that
    /// version.
    pub fn at(prefix: &Path, version: &'static Version) -> Result<Self> {
        let wanted = version.name();
        let found = Self::version_at(prefix).with_context(|| {
            format!(
                "install it with `cargo install ziskemu --version {wanted} --locked --root {}`",
                prefix.display()
            )
        })?;
        let binary = prefix.join("bin/ziskemu");
        if found != wanted {
            bail!(
                "{} is ziskemu {found}, but figures are checked against {wanted}",
                binary.display()
            );
        }
        Ok(Self { binary, version })
    }

    /// The version that the emulator of an installation prefix says it is.
    ///
    /// # Errors
    /// If there is none, or it says none.
    pub fn version_at(prefix: &Path) -> Result<String> {
        let binary = prefix.join("bin/ziskemu");
        let shown = binary.display();
        let answer = Command::new(&binary).arg("--version").output();
        let answer = answer.with_context(|| format!("cannot run {shown}"))?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let version = text.split_whitespace().nth(1);
        let version = version
            .with_context(|| format!("{shown} says it is {:?}, without a version", text.trim()))?;
        Ok(version.to_owned())
    }

    /// The emulator of a version that tests use: that of `ZKPERF_ZISKEMU_PREFIX` (the newest), or the one in
    /// the place where it is kept by default. `None`, said aloud, if there is none; a failure under
    /// `ZKPERF_REQUIRE_ALL=1`, for an older version only with `ZKPERF_LONG` as well.
    #[cfg(test)]
    pub fn for_tests(version: &'static Version) -> Option<Self> {
        let newest = version.name() == version::V1_4_0.name();
        let named = std::env::var_os("ZKPERF_ZISKEMU_PREFIX").filter(|_| newest);
        let prefix = named.map_or_else(
            || {
                let home = std::env::var_os("HOME").unwrap_or_default();
                Path::new(&home).join(format!(".cache/zkperf/reference/zisk-{}", version.name()))
            },
            PathBuf::from,
        );
        match Self::at(&prefix, version) {
            Ok(found) => Some(found),
            Err(error) => {
                let all = std::env::var("ZKPERF_REQUIRE_ALL").as_deref() == Ok("1");
                let required = all && (newest || std::env::var_os("ZKPERF_LONG").is_some());
                assert!(!required, "{error:#}");
                println!("skipped: ziskemu {} missing", version.name());
                None
            }
        }
    }

    /// Its version.
    pub fn version(&self) -> &'static Version {
        self.version
    }

    /// The executable.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Arguments of a run with all statistics; files go into `folder`.
    pub fn statistics(&self, elf: &Path, input: &Path, options: Options, folder: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("-e")
            .arg(elf)
            .arg("-i")
            .arg(input)
            .args(["-X", "--csv-separator", ";"])
            .arg("--save-stats")
            .arg(folder.join("stats.csv"))
            .arg("-o")
            .arg(folder.join("output.bin"));
        if self.version.takes_seed {
            command.args(["--random-seed", RANDOM_SEED]);
        }
        if options.functions {
            // Every function, whole names, none dropped above `main`.
            command.args(["-S", "-D", "-T", "1000000", "-C", "0", "-M", ""]);
            command.arg("--no-compact-names");
        }
        if let Some(limit) = options.max_steps {
            command.args(["-n", &limit.to_string()]);
        }
        command.stdin(Stdio::null());
        // A panic's backtrace says nothing to us and takes long to make.
        command.env("RUST_BACKTRACE", "0");
        command
    }

    /// Runs a guest and reads everything it says.
    pub fn run(&self, elf: &Path, input: &Path, options: Options) -> Result<OfficialRun> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let answer = self
            .statistics(elf, input, options, folder.path())
            .output()
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        // Guests print what they like.
        let stdout = String::from_utf8_lossy(&answer.stdout);
        let stderr = String::from_utf8_lossy(&answer.stderr);
        let words = stderr
            .lines()
            .filter(|l| !l.trim().is_empty())
            .take(3)
            .collect::<Vec<_>>()
            .join(" | ");
        if !stdout.contains(report::TITLE) {
            // Where a panic's message says it was: the loader panics, too.
            let in_loader = |line: &str| {
                line.contains("panicked at")
                    && (line.contains("zisk-riscv-") || line.contains("zisk-transpiler-"))
            };
            let end = if stderr.lines().any(in_loader) {
                End::Refused(words)
            } else if stderr.contains("panicked at") {
                End::Aborted(words)
            } else if answer.status.success() {
                bail!("ziskemu succeeded without a report on {}", elf.display());
            } else {
                End::Refused(words)
            };
            return Ok(OfficialRun {
                figures: Figures::new(),
                text: String::new(),
                output: None,
                end,
                call_stack_lost: false,
            });
        }
        let snapshot = folder.path().join("stats.csv");
        let text = std::fs::read_to_string(&snapshot)
            .with_context(|| format!("ziskemu wrote no snapshot {}", snapshot.display()))?;
        // 1.1.0-alpha says that a guest halted, and succeeds.
        let end = if answer.status.success() && !words.contains("finished with error at step=") {
            End::Success
        } else {
            End::Failed(words)
        };
        let output = std::fs::read(folder.path().join("output.bin")).ok();
        OfficialRun::read(self.version, &text, &stdout, output, end)
    }
}

impl OfficialRun {
    /// Puts snapshot and report together.
    fn read(
        version: &Version,
        snapshot: &str,
        stdout: &str,
        output: Option<Vec<u8>>,
        end: End,
    ) -> Result<Self> {
        let mut figures = csv::parse(snapshot, version.costs_version)?;
        let report = report::parse(stdout, version.costs_version)?;
        figures.extend(report.figures);
        Ok(Self {
            figures,
            text: report.text,
            output,
            end,
            call_stack_lost: report.call_stack_lost,
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A run recorded in `golden/`, with a made-up output.
    pub fn golden(name: &str) -> OfficialRun {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/official/golden");
        let read = |suffix: &str| {
            std::fs::read_to_string(folder.join(format!("{name}.{suffix}"))).expect("golden file")
        };
        OfficialRun::read(
            &version::V1_4_0,
            &read("stats.csv"),
            &read("stdout.txt"),
            Some(vec![7; 256]),
            End::Success,
        )
        .expect("golden files are well-formed")
    }

    /// Figures read by eye from the files.
    #[test]
    fn golden_figures() {
        let run = golden("calls_nested");
        for (key, value) in [
            ("steps", 333),
            ("cost.total", 285_238_931),
            ("cost.memory", 1497),
            ("cost.frops", 2943),
            ("rom.used", 89),
            ("rom_region.LOW (< ROM).steps", 189),
            ("rom_region.PROGRAM ROM.steps", 144),
            ("opcode.and.count", 17),
            ("opcode.pubout.count", 32),
            ("frops.add.cost", 672),
            ("memory.RAM STACK UNALIGNED.cost", 366),
            ("memory_detail.RAM STACK aligned 8B write.count", 10),
            ("byte_offset.clean writes.0", 6),
            ("function.level_b.cost", 7785),
            ("function.level_b.steps", 78),
            ("function.level_b.calls", 6),
            ("function.level_b.opcodes", 2376),
            ("function.level_b.memory", 573),
        ] {
            assert_eq!(run.figures.get(key), Some(&value), "{key}");
        }
        assert!(!run.call_stack_lost);
        let run = golden("layout_heap_symbols");
        assert_eq!(run.figures.get("ram.used"), Some(&12_345));
        let run = golden("precompile_sha256_zones");
        assert_eq!(run.figures.get("precompile.sha256.count"), Some(&5));
    }

    #[test]
    fn reported_and_printed_tags() {
        let run = golden("tags_nested");
        let tags: Vec<_> = run
            .figures
            .keys()
            .filter(|k| k.starts_with("tag."))
            .collect();
        assert!(tags.iter().any(|k| *k == "tag.outer.cost_max"), "{tags:?}");
        assert!(
            tags.iter().any(|k| *k == "tag.steps.steps_calls"),
            "{tags:?}"
        );
        assert!(
            tags.iter().any(|k| *k == "tag.plain_cost.printed"),
            "{tags:?}"
        );
    }

    #[test]
    fn another_cost_version_is_refused() {
        let text = "COSTS_VERSION;2\nSTEPS;1\n";
        assert!(csv::parse(text, Some("1"))
            .unwrap_err()
            .to_string()
            .contains("cost version"));
        assert!(csv::parse(text, None).is_err());
        assert!(csv::parse("", None).is_err());
        let text = "STEPS;1\n";
        assert!(csv::parse(text, None).is_ok());
        assert!(csv::parse(text, Some("1")).is_err());
        assert!(report::parse("no report", None).is_err());
        let title = |title: &str| format!("before\n{title}    \n-----\n");
        let named = title("REPORT (cost version 1)");
        assert!(report::parse(&named, Some("1")).is_ok());
        assert!(report::parse(&named, Some("2")).is_err());
        assert!(report::parse(&named, None).is_err());
        assert!(report::parse(&title("REPORT"), None).is_ok());
    }
}
