//! A repository whose guest is a text of figures, and a workbench that reads them: fast, exact, and wrong only where a test
//! says so.

#![allow(dead_code)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_lab::{
    BuiltGuest, CheckOutcome, Done, GateOutcome, GateRequest, GateState, Hooks, Lab, LabConfig,
    LabKeys, Lint, Measured, ProfiledRun, Total, Workbench,
};
use zkperf_profile::verdict::{CaseSide, Role, Subject};
use zkperf_profile::{Completeness, CostModel};

/// 2026-01-20, midnight.
pub const NOW: u64 = 1_768_867_200;

/// The guest that attempts change: a line a zkVM and block with its cost; `output`, `function` and `unsound` lines.
pub const GUEST: &str =
    "zisk 24 1000\nzisk 25 2000\nsp1 24 500\nsp1 25 900\nfunction hash 700\nfunction memcpy 300\n";

/// A repository in a temporary folder.
pub struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// A repository with one commit on `main`.
    pub fn new() -> Repository {
        let repository = Repository {
            folder: tempfile::tempdir().unwrap(),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["config", "user.name", "Tester"]);
        repository.git(&["config", "user.email", "tester@example.org"]);
        repository.write("guest/figures.txt", GUEST);
        repository.write("harness/bench.sh", "measure\n");
        repository.write("zkperf.toml", "[lab]\n");
        repository.write(
            ".gitattributes",
            "/lab/ledger.jsonl -text merge=union\n/lab/logbook.md -text merge=union\n",
        );
        repository.commit("first");
        repository
    }

    /// Its working tree.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces text of the guest and commits.
    pub fn change(&self, from: &str, to: &str) {
        let guest = self.read("guest/figures.txt");
        assert!(guest.contains(from), "{guest}");
        self.write("guest/figures.txt", &guest.replace(from, to));
        self.commit(&format!("{from} to {to}"));
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Runs git at a fixed time and gives back what it prints.
    pub fn git(&self, args: &[&str]) -> String {
        git_in(self.root(), args)
    }

    /// The commits of a branch, newest first, by subject.
    pub fn subjects(&self, branch: &str) -> Vec<String> {
        let all = self.git(&["log", "--format=%s", branch]);
        all.lines().map(str::to_owned).collect()
    }

    /// All that a command may leave behind: branches with their commits, HEAD, changes, pending rows, journal.
    pub fn state(&self) -> String {
        let refs = self.git(&[
            "for-each-ref",
            "--format=%(refname) %(objectname)",
            "refs/heads",
        ]);
        let head = self.git(&["symbolic-ref", "HEAD"]);
        let status = self.git(&["status", "--porcelain"]);
        let kept = |name: &str| {
            let path = self.path(".git/zkperf-lab").join(name);
            std::fs::read_to_string(path).unwrap_or_default()
        };
        let (pending, journal) = (kept("pending.json"), kept("journal.json"));
        format!("{refs}\n{head}\n{status}\n{pending}\n{journal}")
    }
}

/// Runs git in a folder and demands success.
pub fn git_in(folder: &Path, args: &[&str]) -> String {
    let date = format!("@{NOW} +0000");
    let mut command = Command::new("git");
    command.current_dir(folder).args(args);
    command
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "git {args:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The rules of these repositories.
pub fn rules() -> LabConfig {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    LabConfig::new(LabKeys {
        folder: String::new(),
        may_change: texts(&["guest/**"]),
        protected: texts(&["harness/**"]),
        ledger: "lab/ledger.jsonl".to_owned(),
        limits: Vec::new(),
    })
    .unwrap()
}

/// Fixed time, and a death at a step.
pub struct Steps {
    /// Steps until the process dies; never, if there are fewer.
    left: Cell<usize>,
    /// Steps that were reached.
    pub seen: RefCell<Vec<String>>,
}

impl Steps {
    /// Lives for ever.
    pub fn all() -> Steps {
        Steps::dying_at(usize::MAX)
    }

    /// Dies at a step, counted from 0.
    pub fn dying_at(step: usize) -> Steps {
        Steps {
            left: Cell::new(step),
            seen: RefCell::default(),
        }
    }
}

impl Hooks for Steps {
    fn now(&self) -> u64 {
        NOW
    }

    fn step(&self, name: &str) -> Result<(), String> {
        self.seen.borrow_mut().push(name.to_owned());
        match self.left.get() {
            0 => Err(name.to_owned()),
            left => {
                self.left.set(left - 1);
                Ok(())
            }
        }
    }

    fn say(&self, _text: &str) {}
}

/// A lab in a repository.
pub fn lab<'h>(repository: &Repository, hooks: &'h Steps) -> Lab<'h> {
    Lab::open(repository.root(), rules(), hooks).unwrap()
}

/// Reads the guest's figures.
pub struct Figures {
    /// The working tree.
    pub root: PathBuf,
    /// What it says of the gate.
    pub gate: GateState,
    /// Lints it finds.
    pub lints: Vec<Lint>,
    /// What the tests say.
    pub check: CheckOutcome,
    /// What else decides figures.
    pub environment: BTreeMap<String, String>,
    /// Version of the inputs.
    pub inputs: &'static str,
    /// Guests that were built.
    pub built: usize,
    /// What happens while the guests run.
    pub meanwhile: Option<fn(&Path)>,
}

impl Figures {
    /// Of a repository, sound.
    pub fn of(repository: &Repository) -> Figures {
        Figures {
            root: repository.root().to_owned(),
            gate: GateState::Sound,
            lints: Vec::new(),
            check: CheckOutcome::NotConfigured,
            environment: [("compiler".to_owned(), "rustc 1".to_owned())].into(),
            inputs: "1",
            built: 0,
            meanwhile: None,
        }
    }

    fn guest(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.root.join("guest/figures.txt")).unwrap();
        let words = |line: &str| line.split(' ').map(str::to_owned).collect();
        text.lines().map(words).collect()
    }
}

/// A stand-in for a hash: 64 hex digits that tell texts apart.
pub fn hash(text: &str) -> String {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    format!("{state:016x}").repeat(4)
}

/// One run's figures.
pub fn measured(zkvm: &str, block: u64, guest: &str, cost: u64) -> Measured {
    let input = hash(&format!("input {block}"));
    let total = |name: &str, role, total| Total {
        name: name.to_owned(),
        unit: name.to_owned(),
        role,
        total,
    };
    Measured {
        subject: Subject {
            block: Some(block),
            chain_id: Some(1),
            input: format!("{block}.bin"),
            input_sha256: input.clone(),
        },
        side: CaseSide {
            zkvm: zkvm.to_owned(),
            zkvm_version: "1".to_owned(),
            cost_model: CostModel {
                name: "prices".to_owned(),
                version: "1".to_owned(),
                tables_sha256: hash("prices"),
            },
            elf_sha256: hash(guest),
            input_sha256: input,
            output_sha256: hash("output"),
            exit: "exited".to_owned(),
            completeness: Completeness::Complete,
        },
        measures: vec![
            total("steps", Role::Informative, cost / 10),
            total("cost", Role::ProvingCost, cost),
        ],
    }
}

impl Workbench for Figures {
    fn environment(&mut self) -> Done<BTreeMap<String, String>> {
        Ok(self.environment.clone())
    }

    fn zkvms(&mut self) -> Done<Vec<String>> {
        Ok(vec!["zisk".to_owned(), "sp1".to_owned()])
    }

    fn build(&mut self, zkvm: &str) -> Done<BuiltGuest> {
        self.built += 1;
        Ok(BuiltGuest {
            zkvm: zkvm.to_owned(),
            elf: self.root.join("guest/figures.txt"),
        })
    }

    fn profile(&mut self, built: &BuiltGuest, folder: &Path) -> Done<Vec<ProfiledRun>> {
        std::fs::create_dir_all(folder)?;
        if let Some(meanwhile) = self.meanwhile {
            meanwhile(&self.root);
        }
        let guest = self.guest();
        let text = format!("{guest:?}");
        let functions: String = guest
            .iter()
            .filter(|words| words[0] == "function")
            .map(|words| format!("{} {}\n", words[1], words[2]))
            .collect();
        let output = guest.iter().find(|words| words[0] == "output");
        let mut runs = Vec::new();
        for words in guest.iter().filter(|words| words[0] == built.zkvm) {
            let block = words[1].parse()?;
            let mut one = measured(&built.zkvm, block, &text, words[2].parse()?);
            if let Some(output) = output {
                one.side.output_sha256 = hash(&output[1]);
            }
            if self.inputs != "1" {
                one.side.input_sha256 = hash(&format!("input {block} {}", self.inputs));
            }
            let profile = folder.join(format!("{block}.new"));
            std::fs::write(&profile, &functions)?;
            runs.push(ProfiledRun {
                measured: one,
                profile,
                input: PathBuf::new(),
                recorded: None,
            });
        }
        Ok(runs)
    }

    fn functions(&mut self, profile: &Path) -> Done<BTreeMap<String, u64>> {
        let text = std::fs::read_to_string(profile)?;
        let function = |line: &str| {
            let (name, cost) = line.split_once(' ')?;
            Some((name.to_owned(), cost.parse().ok()?))
        };
        Ok(text.lines().filter_map(function).collect())
    }

    fn gate(&mut self, request: &GateRequest<'_>) -> Done<GateOutcome> {
        let unsound = self.guest().iter().any(|words| words[0] == "unsound");
        let state = if unsound {
            GateState::NotSound
        } else {
            self.gate
        };
        let reasons = match state {
            GateState::Sound => Vec::new(),
            GateState::NotSound => vec!["a block with a wrong state root is accepted".to_owned()],
            GateState::NotGated => vec!["its input cannot be tampered with".to_owned()],
        };
        Ok(GateOutcome {
            state,
            reasons,
            checks: request.runs.len() as u64,
            lints: self.lints.clone(),
        })
    }

    fn check(&mut self) -> Done<CheckOutcome> {
        Ok(self.check.clone())
    }
}
