//! A sweep over a workbench of arithmetic: what is built, run, recorded, refused, combined, and gone on with.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zkperf_sweep::{
    announce, overrides, sweep, Build, CellState, Done, Exclusion, Factors, Figures, Input, Origin,
    Report, Request, RunRequest, Setting, Store, Strategy as Combine, SweepError, Target,
    Workbench,
};

/// An "ELF" is a text: its cost, a blank, its output. What a setting costs is a table.
struct Bench {
    folder: PathBuf,
    source: &'static str,
    /// Work that may be done before the process "dies".
    fuel: u64,
    builds: Vec<String>,
    runs: Vec<String>,
}

impl Bench {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            source: "sources",
            fuel: u64::MAX,
            builds: Vec::new(),
            runs: Vec::new(),
        }
    }

    fn burn(&mut self) -> Done<()> {
        match self.fuel.checked_sub(1) {
            Some(rest) => {
                self.fuel = rest;
                Ok(())
            }
            None => Err("killed".into()),
        }
    }
}

/// Cost and output of a setting's ELF on a zkVM.
fn elf(zkvm: &str, setting: &Setting) -> String {
    let mut cost = 1000;
    let mut output = "right";
    for one in setting.overrides() {
        match (one.to_string().as_str(), zkvm) {
            ("opt-level=2", _) => cost -= 100,
            ("opt-level=s", "b") => cost -= 300,
            ("opt-level=s", _) => cost += 50,
            ("lto=fat", _) => cost -= 20,
            ("lto=thin", _) => output = "wrong",
            // changes nothing: the very same ELF
            ("llvm=-x=1", _) => {}
            ("llvm=-x=2", "a") => cost -= 5,
            ("codegen-units=16", "a") => cost -= 400,
            (other, _) => panic!("{other} on {zkvm}"),
        }
    }
    format!("{cost} {output}")
}

impl Workbench for Bench {
    fn target(&mut self, zkvm: &str) -> Done<Target> {
        let known = overrides("opt-level=3").unwrap().remove(0);
        let excluded = |setting: &str| Exclusion {
            setting: setting.into(),
            why: "it breaks".into(),
        };
        let mut all = vec![excluded("panic=unwind")];
        all.extend((zkvm == "b").then(|| excluded("llvm=-x=*")));
        Ok(Target {
            zkvm: zkvm.into(),
            source: format!("{} of {zkvm}", self.source),
            known: Setting::baseline().with(known),
            excluded: all,
            profile_place: "Cargo.toml".into(),
            flags_place: "flags".into(),
        })
    }

    fn inputs(&mut self, _: &str) -> Done<Vec<Input>> {
        let input = |name: &str| Input {
            name: name.into(),
            block: None,
            path: name.into(),
            sha256: format!("hash of {name}"),
        };
        Ok(vec![input("one"), input("two")])
    }

    fn build(&mut self, zkvm: &str, setting: &Setting) -> Done<Build> {
        self.burn()?;
        self.builds.push(format!("{zkvm} {setting}"));
        let fails_here = zkvm == "b" && setting.to_string().contains("codegen-units=16");
        if fails_here || setting.to_string().contains("opt-level=z") {
            return Ok(Build::Failed {
                reason: "error: no z".into(),
            });
        }
        let path = self.folder.join("guest.elf");
        std::fs::write(&path, elf(zkvm, setting)).unwrap();
        Ok(Build::Built { elf: path })
    }

    fn engine(&mut self, zkvm: &str, _: &Path) -> Done<Result<String, String>> {
        Ok(Ok(format!("{zkvm}@1")))
    }

    fn run(&mut self, run: &RunRequest<'_>) -> Done<Result<Figures, String>> {
        self.burn()?;
        let text = std::fs::read_to_string(run.elf).unwrap();
        self.runs
            .push(format!("{} {text} {}", run.zkvm, run.input.name));
        let (cost, output) = text.split_once(' ').unwrap();
        let twice = if run.input.name == "two" { 2 } else { 1 };
        Ok(Ok(Figures {
            measure: "cost".into(),
            unit: "units".into(),
            cost: cost.parse::<u64>().unwrap() * twice,
            totals: BTreeMap::new(),
            beside: BTreeMap::new(),
            output_sha256: output.into(),
            stopped: None,
            profile: String::new(),
        }))
    }

    fn say(&self, _: &str) {}
}

fn request(sets: &[&str], combine: Combine) -> Request {
    Request {
        zkvms: vec!["a".into(), "b".into()],
        factors: Factors::parse(sets).unwrap(),
        strategy: combine,
        budget: None,
        retry_failed: false,
    }
}

const SETS: [&str; 4] = [
    "opt-level=2,3,s,z",
    "lto=thin,fat",
    "panic=unwind",
    "llvm=-x=1,2",
];

fn row<'a>(report: &'a Report, name: &str) -> &'a zkperf_sweep::Row {
    let found = report.settings.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", names(report)))
}

fn names(report: &Report) -> Vec<&str> {
    report
        .settings
        .iter()
        .map(|row| row.name.as_str())
        .collect()
}

#[test]
fn everything_is_said_of_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(folder.path());
    let request = request(&SETS, Combine::OneFactor);
    let mut store = Store::open(&folder.path().join("s")).unwrap();
    let plan = announce(&request, &mut store, &mut bench).unwrap();
    // a: baseline, 2, s, z, thin, fat, x=1, x=2; b: the same without x.
    assert_eq!(
        (plan.needed, plan.recorded, plan.combined_at_most),
        (14, 0, 6)
    );
    let report = sweep(&request, &mut store, &mut bench).unwrap();
    assert!(report.complete && report.ignored.is_empty());

    let state = |name| row(&report, name).state;
    assert_eq!(state("opt-level=z"), CellState::Failed);
    assert_eq!(
        row(&report, "opt-level=z").cells[0].why.as_deref(),
        Some("error: no z")
    );
    assert_eq!(state("lto=thin"), CellState::Wrong);
    assert_eq!(state("panic=unwind"), CellState::Excluded);
    assert_eq!(row(&report, "panic=unwind").left_out[0].why, "it breaks");
    // What the baseline has anyway is not built, nor is what is left out.
    let same = |name: &str, at: usize| row(&report, name).cells[at].same_elf_as.clone();
    assert_eq!(same("opt-level=3", 0).as_deref(), Some("baseline"));
    assert_eq!(same("llvm=-x=1", 0).as_deref(), Some("baseline"));
    assert_eq!(same("llvm=-x=2", 0), None);
    assert_eq!(same("llvm=-x=2", 1).as_deref(), Some("baseline"));
    assert!(!bench
        .builds
        .iter()
        .any(|b| b.contains("opt-level=3") || b.contains("unwind")));
    assert!(bench.builds.contains(&"a llvm=-x=1".into()));
    // One ELF runs once on each input, and a wrong one no further than it takes to see it.
    let unique: std::collections::BTreeSet<_> = bench.runs.iter().collect();
    assert_eq!(unique.len(), bench.runs.len());
    assert_eq!(
        bench
            .runs
            .iter()
            .filter(|run| run.contains("wrong"))
            .count(),
        2
    );

    // On a: 2 is best; on b: s; together s (-12.6 %), beside 2 (-10 %).
    let combined: Vec<&str> = report
        .settings
        .iter()
        .filter(|row| row.origin == Origin::Combined)
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(
        combined,
        [
            "opt-level=2 lto=fat llvm=-x=2",
            "opt-level=s lto=fat",
            "opt-level=s lto=fat llvm=-x=2"
        ]
    );
    assert_eq!(
        report.front,
        [
            "opt-level=2 lto=fat llvm=-x=2",
            "opt-level=s lto=fat llvm=-x=2"
        ]
    );
    let winner = row(&report, "opt-level=2 lto=fat llvm=-x=2");
    assert_eq!(winner.costs().unwrap(), [875 * 3, 880 * 3]);
    assert_eq!(winner.cells[0].delta, Some(-125 * 3));
    assert_eq!(winner.cells[0].runs[1].cost, 875 * 2);
    let best: Vec<(Option<&str>, &str)> = report
        .best
        .iter()
        .map(|best| (best.zkvm.as_deref(), best.setting.as_str()))
        .collect();
    assert_eq!(
        best,
        [
            (Some("a"), "opt-level=2 lto=fat llvm=-x=2"),
            (Some("b"), "opt-level=s lto=fat"),
            (None, "opt-level=s lto=fat llvm=-x=2"),
        ]
    );
    let permanent = &report.best[0].permanent[0];
    assert_eq!(
        permanent.profile_release,
        ["opt-level = 2", "lto = \"fat\""]
    );
    assert_eq!(permanent.rustflags, ["-Cllvm-args=-x=2"]);
    // b is built without what is left out there.
    assert!(report.best[2].permanent[1].rustflags.is_empty());
}

#[test]
fn what_fails_on_one_zkvm_may_be_the_best_on_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(folder.path());
    let request = request(&["opt-level=2", "codegen-units=16"], Combine::OneFactor);
    let mut store = Store::open(&folder.path().join("s")).unwrap();
    let report = sweep(&request, &mut store, &mut bench).unwrap();
    let best = report.best.iter();
    let best: Vec<&str> = best.map(|best| best.setting.as_str()).collect();
    let together = "opt-level=2 codegen-units=16";
    assert_eq!(best, [together, "opt-level=2", "opt-level=2"]);
    // What is not on every zkVM is on no front.
    assert!(!row(&report, "codegen-units=16").front);
}

#[test]
fn a_grid_is_every_combination_and_a_failure_is_retried_only_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("s");
    let mut bench = Bench::new(folder.path());
    let mut request = request(&["opt-level=2,z", "lto=fat,thin"], Combine::Grid);
    let report = sweep(&request, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
    assert_eq!(
        names(&report),
        [
            "baseline",
            "opt-level=2 lto=fat",
            "opt-level=2 lto=thin",
            "opt-level=z lto=fat",
            "opt-level=z lto=thin"
        ]
    );
    assert_eq!((report.builds.made, report.builds.recorded), (10, 0));
    let again = sweep(&request, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
    assert_eq!((again.builds.made, again.builds.recorded), (0, 10));
    request.retry_failed = true;
    let retried = sweep(&request, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
    assert_eq!((retried.builds.made, retried.builds.recorded), (4, 6));
    // Other sources: nothing that is recorded counts.
    bench.source = "others";
    let other = sweep(&request, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
    assert_eq!((other.builds.made, other.stale_builds), (10, 10));
    let large = Request {
        factors: Factors::parse(&[
            "llvm=-a=1,2,3,4,5,6,7,8,9",
            "llvm=-b=1,2,3,4,5,6,7,8,9",
            "llvm=-c=1,2,3,4,5,6,7,8,9",
            "llvm=-d=1,2,3,4,5,6,7,8,9",
            "llvm=-e=1,2",
        ])
        .unwrap(),
        ..request
    };
    let refused = announce(&large, &mut Store::read(&place).unwrap(), &mut bench);
    assert!(matches!(
        refused,
        Err(SweepError::GridTooLarge { size: 13_122 })
    ));
}

#[test]
fn a_budget_is_kept_and_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("s");
    let whole = sweep(
        &request(&SETS, Combine::OneFactor),
        &mut Store::open(&folder.path().join("whole")).unwrap(),
        &mut Bench::new(folder.path()),
    )
    .unwrap();
    let mut limited = request(&SETS, Combine::OneFactor);
    limited.budget = Some(1);
    let mut bench = Bench::new(folder.path());
    let refused = sweep(&limited, &mut Store::open(&place).unwrap(), &mut bench);
    assert!(matches!(refused, Err(SweepError::Budget { needed: 2 })));
    limited.budget = Some(3);
    let mut rounds = 0;
    let last = loop {
        let before = bench.builds.len();
        let report = sweep(&limited, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
        assert!(bench.builds.len() - before <= 3);
        rounds += 1;
        if report.complete {
            break report;
        }
        assert!(report.builds.pending > 0 && rounds < 20);
        // What is not built is no front, and nothing is combined of half the values.
        assert!(
            report
                .settings
                .iter()
                .all(|row| row.origin != Origin::Combined)
                || report.builds.made == 3
        );
    };
    assert!(rounds > 3);
    assert_eq!(comparable(&last), comparable(&whole));
    assert_eq!(bench.builds.len() as u64, whole.builds.made);
}

#[test]
fn only_one_process_works_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    assert!(matches!(
        Store::open(folder.path()),
        Err(SweepError::Busy { .. })
    ));
    assert!(Store::read(folder.path()).is_ok());
    drop(first);
    assert!(Store::open(folder.path()).is_ok());
}

/// What must not depend on when it was found.
fn comparable(report: &Report) -> serde_json::Value {
    let mut value = serde_json::to_value(report).unwrap();
    for key in ["builds", "folder"] {
        value.as_object_mut().unwrap().remove(key);
    }
    for row in value["settings"].as_array_mut().unwrap() {
        for cell in row["cells"].as_array_mut().unwrap() {
            cell.as_object_mut().unwrap().remove("build_seconds");
        }
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Killed at any points, with a line torn or an ELF lost on the way, the sweep ends as one that was never killed,
    /// and nothing that was finished is done again.
    #[test]
    fn it_goes_on_from_wherever_it_was_killed(
        deaths in prop::collection::vec(0u64..12, 1..5),
        torn in prop::option::of(1usize..200),
        lose in prop::bool::ANY,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("s");
        let wanted = request(&SETS, Combine::OneFactor);
        let mut whole = Bench::new(folder.path());
        let expected = sweep(&wanted, &mut Store::open(&folder.path().join("whole")).unwrap(), &mut whole).unwrap();
        let mut bench = Bench::new(folder.path());
        for fuel in deaths {
            bench.fuel = fuel;
            let died = sweep(&wanted, &mut Store::open(&place).unwrap(), &mut bench);
            let killed = matches!(died, Err(SweepError::Workbench { .. }));
            prop_assert!(killed);
        }
        if let Some(torn) = torn {
            let records = place.join("records.jsonl");
            let mut bytes = std::fs::read(&records).unwrap_or_default();
            let line = bytes.split_inclusive(|b| *b == b'\n').next_back().unwrap_or(b"{\"schema\"").to_vec();
            bytes.extend(&line[..torn.min(line.len() - 1)]);
            std::fs::write(&records, bytes).unwrap();
        }
        let lost = lose && std::fs::remove_dir_all(place.join("elves")).is_ok();
        bench.fuel = u64::MAX;
        let report = sweep(&wanted, &mut Store::open(&place).unwrap(), &mut bench).unwrap();
        prop_assert_eq!(comparable(&report), comparable(&expected));
        prop_assert_eq!(bench.runs, whole.runs);
        if !lost {
            prop_assert_eq!(bench.builds, whole.builds);
        }
    }

    /// A setting is the same after it was written and read.
    #[test]
    fn settings_survive_writing(chosen in prop::collection::vec(0usize..12, 0..6)) {
        let texts = ["opt-level=s", "opt-level=3", "lto=false", "lto=fat", "codegen-units=16", "panic=abort",
            "llvm=-inline-threshold=225", "llvm=-flag", "target-feature=-zbb", "target-feature=+zba",
            "C=relocation-model=pic", "C=force-frame-pointers"];
        let mut setting = Setting::baseline();
        for at in chosen {
            setting = overrides(texts[at]).unwrap().into_iter().fold(setting, Setting::with);
        }
        let json = serde_json::to_string(&setting).unwrap();
        prop_assert_eq!(serde_json::from_str::<Setting>(&json).unwrap(), setting);
    }
}

#[test]
fn what_is_no_setting_is_refused_with_what_would_do() {
    for (text, says) in [
        ("opt=3", "opt-level"),
        ("opt-level=4", "0, 1, 2, 3, s, z"),
        ("opt-level=", "opt-level=VALUE"),
        ("lto", "lto=VALUE"),
        ("lto=thick", "thin"),
        ("codegen-units=0", "from 1"),
        ("panic=never", "abort"),
        ("llvm=inline-threshold=5", "llvm=-OPTION"),
        ("llvm=-x=1,,2", "empty"),
        ("llvm=-x=1 -y", "blanks"),
        ("target-feature=zbb", "+NAME"),
        ("C=opt-level=3", "set opt-level="),
        ("C=link-arg=-Tx", "memory"),
        ("C=overflow-checks=off", "checks"),
    ] {
        let refused = overrides(text).expect_err(text).to_string();
        assert!(refused.contains(says), "{text}: {refused}");
    }
    let both = overrides("llvm=-inline-threshold=50,225").unwrap();
    let texts: Vec<String> = both.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["llvm=-inline-threshold=50", "llvm=-inline-threshold=225"]
    );
}

#[test]
fn a_command_sees_cargos_variables_and_the_flags() {
    let all = [
        "opt-level=s",
        "lto=fat",
        "codegen-units=1",
        "llvm=-a=1",
        "target-feature=+b",
    ];
    let each = all.iter().flat_map(|text| overrides(text).unwrap());
    let environment = each.fold(Setting::baseline(), Setting::with).environment();
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        environment,
        [
            text("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
            text("CARGO_PROFILE_RELEASE_LTO", "fat"),
            text("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
            text("ZKPERF_RUSTFLAGS", "-Cllvm-args=-a=1 -Ctarget-feature=+b"),
        ]
    );
    let baseline = Setting::baseline().environment();
    assert_eq!(baseline, [text("ZKPERF_RUSTFLAGS", "")]);
}
