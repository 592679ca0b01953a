//! Every command line of the lab that the laid-down guides show runs as it stands there, on a recorded block.

mod support;

use std::path::PathBuf;
use support::{guest_for, text};

/// A repository whose guest for SP1 is "built" by copying one of two files, with the workflow laid down: which one, a text
/// says, for the lab wants a reason for a change that nobody can read.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new(guests: &[(&str, PathBuf)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = Self { folder };
        let root = repository.root();
        std::fs::create_dir_all(root.join("prebuilt")).expect("folders");
        for (name, guest) in guests {
            std::fs::copy(guest, root.join("prebuilt").join(name)).expect("a guest");
        }
        repository.choose(guests[0].0);
        let table =
            "\n[guest.sp1]\nbuild = \"cp prebuilt/$(cat which) sp1.elf\"\nelf = \"sp1.elf\"\n";
        support::lay_down(&root, table);
        std::fs::write(root.join(".gitignore"), "/sp1.elf\n").expect("written");
        repository.commit();
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn choose(&self, guest: &str) {
        std::fs::write(self.root().join("which"), guest).expect("written");
    }

    fn commit(&self) {
        self.run("git add -A && git commit -q -m changed");
    }

    /// Runs a line and demands success.
    fn run(&self, line: &str) -> String {
        let home = self.folder.path().join("home");
        let output = support::with_zkperf("bash", &self.root(), &home)
            .args(["-c", line])
            .env_remove("RPC_URL")
            .output()
            .expect("bash starts");
        let (said, complaint) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{line}\n{said}\n{complaint}");
        said
    }

    /// The lab's lines of a guide: those of its `console` blocks.
    fn lines(&self, guide: &str) -> Vec<String> {
        let guide = self.root().join("scripts/zkvm-bench/docs").join(guide);
        let guide = std::fs::read_to_string(guide).expect("laid down");
        assert!(
            guide.contains("zkperf gate"),
            "by hand, the gate is one's own to call"
        );
        let blocks = guide.split("```console\n").skip(1);
        let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
        lines.map(str::to_owned).collect()
    }
}

/// The line for a subcommand.
fn line<'l>(lines: &'l [String], command: &str) -> &'l str {
    let named = format!("zkperf lab {command}");
    let found = lines.iter().find(|line| line.starts_with(&named));
    found.unwrap_or_else(|| panic!("no line for {named} in {lines:?}"))
}

#[test]
fn every_lab_line_of_the_guides_runs() {
    let scratch = tempfile::tempdir().expect("a folder");
    let guests = ["unpatched", "accelerated"].map(|variant| {
        let folder = scratch.path().join(variant);
        std::fs::create_dir(&folder).expect("a folder");
        (variant, guest_for("sp1", &folder, variant))
    });
    let repository = Repository::new(&guests);
    let people = repository.lines("usage_guide.md");
    let agents = repository.lines("AGENT_INSTRUCTIONS.md");
    assert_eq!(
        (people.len(), agents.len()),
        (6, 4),
        "each of them is run below"
    );

    repository.run(line(&people, "init"));
    repository.commit();
    repository.run(line(&people, "baseline"));
    // What people do: an attempt that is kept, and one that is given up.
    repository.run(line(&people, "try"));
    repository.choose("accelerated");
    repository.commit();
    assert!(repository
        .run(line(&people, "validate"))
        .contains("improvement"));
    assert!(repository.run(line(&people, "keep")).contains("kept"));
    repository.run(line(&people, "try"));
    assert!(repository.run(line(&people, "revert")).contains("reverted"));
    // What agents do; theirs changes no ELF.
    repository.run(line(&agents, "try"));
    repository.run("echo more > prebuilt/notes");
    repository.commit();
    repository.run(line(&agents, "validate"));
    repository.run(line(&agents, "keep"));
    repository.run(line(&agents, "try"));
    repository.run(line(&agents, "revert"));
    assert!(repository
        .run("zkperf lab verify")
        .contains("4 attempts, 2 kept, 2 reverted"));
}
