//! `zkperf init` lays a workflow down; every command line that it shows runs, and its contracts hold.

mod support;

use std::path::PathBuf;
use std::process::{Command, Output};
use support::{guest_for, hello, text, zkperf};

/// The number of the block in fixtures/demo-block.
const BLOCK: &str = "6";
/// Part of a URL that must never be shown.
const KEY: &str = "KEY0123456789";

/// A repository with prebuilt guests, a recorded block and the workflow.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// `guests` are (zkVM, ELF); each is "built" by copying it.
    fn new(guests: &[(&str, PathBuf)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = Self { folder };
        let root = repository.root();
        std::fs::create_dir_all(root.join("prebuilt")).expect("folders");
        let mut tables = String::new();
        for (zkvm, elf) in guests {
            std::fs::copy(elf, root.join(format!("prebuilt/{zkvm}"))).expect("a guest");
            tables += &format!(
                "\n[guest.{zkvm}]\nbuild = \"cp prebuilt/{zkvm} {zkvm}.elf\"\nelf = \"{zkvm}.elf\"\n"
            );
        }
        support::lay_down(&root, &tables);
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "-m", "begin"]);
        repository
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("the repository")
    }

    fn bench(&self) -> PathBuf {
        self.root().join("scripts/zkvm-bench")
    }

    fn git(&self, arguments: &[&str]) {
        let root = self.root();
        let status = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .status();
        assert!(status.expect("git starts").success(), "{arguments:?}");
    }

    /// Runs a line of bash in a folder of the repository.
    fn run(&self, line: &str, folder: &str) -> Output {
        let folder = self.root().join(folder);
        let output = support::with_zkperf("bash", &folder, &self.folder.path().join("home"))
            .args(["-c", line])
            // As a shell sets it, which `cd` there would have done.
            .env("PWD", &folder)
            .env("RPC_URL", format!("http://user:{KEY}@127.0.0.1:9/{KEY}"))
            .env_remove("ZKPERF_RPC_URL")
            .env_remove("MAKEFLAGS")
            .env_remove("MAKELEVEL")
            .output()
            .expect("bash starts");
        for stream in [&output.stdout, &output.stderr] {
            let stream = text(stream);
            assert!(
                !stream.contains(KEY),
                "the URL is shown by: {line}\n{stream}"
            );
            assert!(!stream.contains("panicked"), "{line}\n{stream}");
        }
        output
    }

    /// Runs and demands success; gives both streams.
    fn succeed(&self, line: &str, folder: &str) -> String {
        let output = self.run(line, folder);
        let both = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{line}\n{both}");
        both
    }

    /// Runs and demands failure; gives both streams.
    fn fail(&self, line: &str) -> String {
        let output = self.run(line, ".");
        let both = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!output.status.success(), "{line}\n{both}");
        both
    }

    fn profiles(&self, zkvm: &str, extension: &str) -> Vec<PathBuf> {
        let folder = self.bench().join("profiles").join(zkvm);
        let entries =
            std::fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>());
        let paths = entries
            .unwrap_or_default()
            .into_iter()
            .map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = paths
            .filter(|path| path.extension().is_some_and(|e| e == extension))
            .collect();
        paths.sort();
        paths
    }
}

/// Whether there is a make; said, if not.
fn has_make() -> bool {
    if Command::new("make").arg("--version").output().is_ok() {
        return true;
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "make is missing"
    );
    println!("skipped: make is missing");
    false
}

/// The command lines of a guide: those in its `sh` blocks.
fn commands(guide: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in guide.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside => commands.push(command.to_owned()),
            _ => {}
        }
    }
    commands
}

#[test]
fn every_command_line_of_the_guides_runs() {
    if !has_make() {
        return;
    }
    let scratch = tempfile::tempdir().expect("a folder");
    let guests: Vec<(&str, PathBuf)> = ["zisk", "sp1", "risc0"]
        .into_iter()
        .map(|zkvm| {
            let folder = scratch.path().join(zkvm);
            std::fs::create_dir(&folder).expect("a folder");
            (zkvm, guest_for(zkvm, &folder, "accelerated"))
        })
        .collect();
    let repository = Repository::new(&guests);
    let mut run = 0;
    for guide in [
        "README.md",
        "docs/usage_guide.md",
        "docs/AGENT_INSTRUCTIONS.md",
    ] {
        let guide = std::fs::read_to_string(repository.bench().join(guide)).expect("laid down");
        for command in commands(&guide) {
            // What is missing on this machine is doctor's business, not this test's.
            if command == "zkperf doctor" {
                repository.run(&command, ".");
            } else {
                repository.succeed(&command, ".");
            }
            run += 1;
        }
    }
    assert!(run >= 30, "only {run} command lines were found");
    // The agent's profiles came after the clean-up of the other guide.
    assert!(!repository.profiles("sp1", "zkp").is_empty());
}

#[test]
fn contracts_of_the_laid_down_workflow() {
    if !has_make() {
        return;
    }
    let scratch = tempfile::tempdir().expect("a folder");
    hello("zisk", scratch.path());
    let repository = Repository::new(&[("zisk", scratch.path().join("zisk.elf"))]);
    let make = "make -C scripts/zkvm-bench";

    // bench: an input, a profile and its text with the same stem; the title as it stands in names.
    repository.succeed(
        &format!("{make} bench BLOCK={BLOCK} TITLE=\"It's #1 & more\" TOP_ROI=2"),
        ".",
    );
    let (profiles, texts) = (
        repository.profiles("zisk", "zkp"),
        repository.profiles("zisk", "txt"),
    );
    assert_eq!((profiles.len(), texts.len()), (1, 1));
    assert_eq!(profiles[0].with_extension("txt"), texts[0]);
    let name = profiles[0]
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert!(
        name.starts_with("stats_2") && name.ends_with("_its_1__more.zkp"),
        "{name}"
    );
    // top_roi is rows of the table that the report ends with: two, what is summed up, and the total.
    let report = std::fs::read_to_string(&texts[0]).expect("readable");
    let table = report.split("DEAREST FUNCTIONS").nth(1).expect("there");
    let rows = table
        .lines()
        .filter(|line| line.contains('%') && !line.contains("calls"))
        .count();
    assert!(
        table.contains("other functions)") && (4..=5).contains(&rows),
        "{rows}\n{table}"
    );
    let inputs = repository.bench().join("inputs");
    let inputs: Vec<_> = std::fs::read_dir(inputs)
        .expect("there")
        .flatten()
        .collect();
    let name = inputs[0].file_name().to_string_lossy().into_owned();
    assert!(
        name.starts_with("ethrex_1337_6_") && name.ends_with("_input.bin"),
        "{name}"
    );

    // The lists.
    let listed = repository.succeed(&format!("{make} list-inputs list-profiles"), ".");
    assert!(
        listed.contains(&name) && listed.contains("_its_1__more.zkp"),
        "{listed}"
    );

    // The scripts, from anywhere, with an ELF of their own; a sample rate changes nothing, and that is said.
    let script =
        format!("bin/profile-zisk.sh inputs/{name} profiles/zisk 3 'By Hand' ../../prebuilt/zisk");
    repository.succeed(&script, "scripts/zkvm-bench");
    assert!(repository
        .profiles("zisk", "zkp")
        .iter()
        .any(|path| path.to_string_lossy().ends_with("_by_hand.zkp")));
    let said = repository.run(
        "scripts/zkvm-bench/bin/profile-sp1.sh scripts/zkvm-bench/inputs/x.bin out 100",
        ".",
    );
    assert!(
        text(&said.stderr).contains("sample_rate 100 changes nothing"),
        "{}",
        text(&said.stderr)
    );
    assert_eq!(
        repository
            .run("scripts/zkvm-bench/bin/profile-zisk.sh", ".")
            .status
            .code(),
        Some(2)
    );

    // FILE relative to where make is called, then to the repository, then to the folder; the newest of several, aloud.
    for (line, folder) in [
        (format!("{make} to-json FILE='scripts/zkvm-bench/profiles/zisk/stats_*.txt'"), "."),
        ("make to-json FILE='profiles/zisk/stats_*.txt'".to_owned(), "scripts/zkvm-bench"),
        (format!("{make} to-json FILE='profiles/zisk/stats_*'"), "."),
        ("make -C ../scripts/zkvm-bench to-json FILE='scripts/zkvm-bench/profiles/zisk/stats_*.txt'".to_owned(), "prebuilt"),
        ("make -C ../scripts/zkvm-bench to-json FILE='../scripts/zkvm-bench/profiles/zisk'".to_owned(), "prebuilt"),
    ] {
        let said = repository.succeed(&line, folder);
        assert!(said.contains("means 2 profiles; taking the newest"), "{line}\n{said}");
        assert!(said.contains("_by_hand.json"), "{line}\n{said}");
    }
    let json = repository.profiles("zisk", "json");
    let document = std::fs::read(&json[0]).expect("written");
    let document: serde_json::Value = serde_json::from_slice(&document).expect("JSON");
    assert_eq!(document["run"]["elf"]["guest"], "zisk");

    // What is missing is said, and what to do.
    for (line, words) in [
        (format!("{make} profile"), "BLOCK is missing"),
        (format!("{make} profile BLOCK=77"), "no input of block 77"),
        (
            format!("{make} profile BLOCK={BLOCK} ZKVM=zsik"),
            "no zkVM is called zsik",
        ),
        (
            format!("{make} profile BLOCK={BLOCK} ZKVM=sp1"),
            "no input of block 6 for sp1",
        ),
        (
            format!("{make} to-json FILE=nothing.txt"),
            "there is no profile nothing.txt",
        ),
        (
            format!("{make} build ZKPERF=/nowhere/zkperf"),
            "is not on PATH",
        ),
        // A block that nothing has goes to the node, whose URL stays unsaid.
        (format!("{make} input BLOCK=77"), "127.0.0.1"),
    ] {
        let said = repository.fail(&line);
        assert!(said.contains(words), "{line}\n{said}");
    }
    // Nor does make show it when it only prints what it would do, given on its command line or not.
    let dry = format!("{make} -n bench BLOCK={BLOCK} RPC_URL=http://127.0.0.1:9/{KEY}");
    repository.succeed(&dry, ".");

    repository.succeed(&format!("{make} clean"), ".");
    assert!(repository.profiles("zisk", "zkp").is_empty());
    assert!(!repository.bench().join("inputs").exists());
}

#[test]
fn a_regression_is_shown_and_is_an_error_only_with_a_limit() {
    if !has_make() {
        return;
    }
    let scratch = tempfile::tempdir().expect("a folder");
    hello("zisk", scratch.path());
    let repository = Repository::new(&[("zisk", scratch.path().join("zisk.elf"))]);
    let make = "make -C scripts/zkvm-bench";
    repository.succeed(&format!("{make} bench BLOCK={BLOCK} TITLE=base"), ".");
    // The same input costs more with another guest.
    let dear = guest_for("zisk", scratch.path(), "accelerated");
    std::fs::copy(dear, repository.root().join("prebuilt/zisk")).expect("copied");
    repository.succeed(&format!("{make} bench BLOCK={BLOCK} TITLE=head"), ".");
    let compare = format!("{make} compare BASELINE='scripts/zkvm-bench/profiles/zisk/*_base.txt' CURRENT='scripts/zkvm-bench/profiles/zisk/*_head.txt'");
    let shown = repository.succeed(&compare, ".");
    assert!(shown.contains("cost"), "{shown}");
    if compare_has_limits() {
        let limited = repository.fail(&format!("{compare} LIMIT=cost:0.1%"));
        // Another guest has another output: no verdict, whatever the cost.
        assert!(limited.contains("Error 4"), "{limited}");
    }
}

#[test]
fn init_says_what_it_does_and_keeps_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let first = support::json(zkperf(root).arg("init"));
    assert_eq!(first["schema"], "zkperf-init/1");
    assert_eq!(first["git"], false);
    let notes = first["notes"].to_string();
    assert!(
        notes.contains("in no git repository") && notes.contains("no guest was recognised"),
        "{notes}"
    );
    let files = first["written"].as_array().expect("a list").len();
    std::fs::write(root.join("zkperf.toml"), "# mine\n").expect("written");
    let again = support::json(zkperf(root).arg("init"));
    assert_eq!(again["kept"], serde_json::json!(["zkperf.toml"]));
    assert_eq!(again["same"].as_array().expect("a list").len(), files - 1);
    assert_eq!(
        std::fs::read_to_string(root.join("zkperf.toml")).expect("there"),
        "# mine\n"
    );
    let forced = support::json(zkperf(root).args(["init", "--force"]));
    assert_eq!(forced["written"], serde_json::json!(["zkperf.toml"]));
    let said = support::fail(zkperf(root).args(["init", "nowhere"]));
    assert!(said.contains("nowhere"), "{said}");
    // A folder that cannot be written to, since a file is in the way.
    let blocked = tempfile::tempdir().expect("a folder");
    std::fs::write(blocked.path().join("scripts"), "a file").expect("written");
    let said = support::fail(zkperf(blocked.path()).arg("init"));
    assert!(said.contains("scripts/zkvm-bench"), "{said}");
}

/// Whether `compare` takes limits and writes Markdown, which the CI recipe stands on.
fn compare_has_limits() -> bool {
    let home = tempfile::tempdir().expect("a folder");
    let help = support::succeed(zkperf(home.path()).args(["compare", "--help"]));
    help.contains("--fail-above") && help.contains("markdown")
}

#[test]
fn the_ci_recipe_compares_two_commits() {
    if !compare_has_limits() {
        println!("skipped: this zkperf's compare has no --fail-above");
        return;
    }
    let scratch = tempfile::tempdir().expect("a folder");
    let fast = guest_for("zisk", scratch.path(), "accelerated");
    let slow = guest_for("zisk", scratch.path(), "unpatched");
    hello("zisk", scratch.path());
    let repository = Repository::new(&[("zisk", fast.clone())]);
    let root = repository.root();
    support::succeed(zkperf(&root).args(["init", "--ci", "--block", BLOCK]));
    assert!(root.join(".github/workflows/zkperf.yml").is_file());
    for (tag, elf) in [
        ("fast", fast),
        ("slow", slow),
        ("other", scratch.path().join("zisk.elf")),
    ] {
        std::fs::copy(elf, root.join("prebuilt/zisk")).expect("copied");
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "--allow-empty", "-m", tag]);
        repository.git(&["tag", tag]);
    }
    // The working tree stays as it is, whatever is measured.
    std::fs::write(root.join("untracked"), "mine").expect("written");
    let ci = |base: &str, head: &str, code: i32| {
        let output = repository.run(&format!("sh scripts/zkvm-bench/ci.sh {base} {head}"), ".");
        let both = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{base} {head}\n{both}");
        let comment = std::fs::read_to_string(root.join("zkperf-ci/comment.md")).expect("written");
        assert!(comment.starts_with("<!-- zkperf-compare -->"), "{comment}");
        assert!(text(&output.stdout).contains(comment.trim()), "{both}");
        comment
    };
    let worse = ci("fast", "slow", 3);
    assert!(worse.to_lowercase().contains("regression"), "{worse}");
    let better = ci("slow", "fast", 0);
    assert!(better.to_lowercase().contains("improvement"), "{better}");
    ci("fast", "other", 4);
    assert_eq!(
        std::fs::read_to_string(root.join("untracked")).expect("there"),
        "mine"
    );
    let worktrees = repository.succeed("git worktree list", ".");
    assert_eq!(worktrees.lines().count(), 1, "{worktrees}");
    // What cannot be built is a failure of its own kind, and says nothing of the run before.
    for line in [
        "sh scripts/zkvm-bench/ci.sh none HEAD",
        "LIMIT=much sh scripts/zkvm-bench/ci.sh fast slow",
        "LIMIT=kost:1% sh scripts/zkvm-bench/ci.sh fast fast",
    ] {
        let broken = repository.run(line, ".");
        let said = text(&broken.stderr);
        assert_eq!(broken.status.code(), Some(1), "{line}\n{said}");
        assert_eq!(text(&broken.stdout), "", "{line}");
        assert!(!root.join("zkperf-ci/comment.md").exists(), "{line}");
        if line.contains("much") {
            assert!(
                said.starts_with("LIMIT: ") && !said.contains("building"),
                "{said}"
            );
        }
    }
}
