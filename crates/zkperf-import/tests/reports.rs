//! Reports of ziskemu, whole and broken.

use zkperf_import::{profile_data, ImportError, Origin, Report, FUNCTIONS_TABLE};
use zkperf_profile::{Completeness, Profile};

/// An older layout, as published with ethrex's zkvm-bench (cut after the first function's detail).
const OLDER: &str = include_str!("reports/ziskemu-2026-01-ethrex.txt");
/// 1.4.0-alpha's, of a hand-written guest.
const NEWEST: &str = include_str!("../../../xtask/src/official/golden/calls_nested.stdout.txt");
const PRECOMPILE: &str =
    include_str!("../../../xtask/src/official/golden/precompile_sha256_zones.stdout.txt");

fn profile(text: &str) -> (Report, Profile) {
    let report = Report::parse(text).expect("a report");
    let origin = Origin {
        from: "a test".into(),
        ..Origin::default()
    };
    let profile = Profile::new(profile_data(&report, origin)).expect("it closes");
    (report, profile)
}

fn total(profile: &Profile, measure: &str) -> u64 {
    let id = profile.measure(measure).expect("a measure");
    profile.measures[id.0 as usize].total
}

/// Figures read by eye from the file.
#[test]
fn the_older_layout() {
    let (report, profile) = profile(OLDER);
    assert_eq!(report.cost_version, None);
    for (measure, value) in [
        ("steps", 498_004_423),
        ("base", 293_601_280),
        ("main", 33_864_300_764),
        ("opcodes", 7_688_612_587),
        ("precompiles", 11_068_602_532),
        ("memory", 4_123_275_020),
        ("cost", 57_038_392_183),
        ("frops", 7_634_424_752),
    ] {
        assert_eq!(total(&profile, measure), value, "{measure}");
    }
    // One list there, two here, by name; the sums say that it was right.
    let precompiles: Vec<&str> = report
        .precompile_rows
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(
        precompiles,
        [
            "keccak",
            "arith256_mod",
            "secp256k1_add",
            "secp256k1_dbl",
            "sha256"
        ]
    );
    assert_eq!(report.opcode_rows.len() + report.precompile_rows.len(), 31);
    let memcpy = report
        .functions
        .iter()
        .find(|function| function.name == "memcpy")
        .expect("listed");
    assert_eq!(
        (memcpy.steps, memcpy.cost, memcpy.calls),
        (Some(122_004_784), Some(11_222_231_939), 789_487)
    );
    // Listed by steps only, and by cost only.
    assert!(report
        .functions
        .iter()
        .any(|f| f.name.ends_with("fake_exponential") && f.cost.is_none()));
    assert!(report
        .functions
        .iter()
        .any(|f| f.name == "syscall_keccak_f" && f.steps.is_none()));
    // A name with blanks.
    assert!(report
        .functions
        .iter()
        .any(|f| f.name == "<tiny_keccak::keccak::Keccak as tiny_keccak::Hasher>::update"));
    let run = &profile.data().run;
    assert_eq!(
        (run.zkvm.as_str(), run.elf.guest.as_str()),
        ("zisk", "zkvm-zisk-program")
    );
    assert_eq!(run.cost_model.version, "unnamed, 68 a step");
}

#[test]
fn the_newest_layout() {
    let (report, profile) = profile(NEWEST);
    assert_eq!(report.cost_version.as_deref(), Some("1"));
    assert_eq!(
        (total(&profile, "steps"), total(&profile, "cost")),
        (333, 285_238_931)
    );
    let level_b = report
        .functions
        .iter()
        .find(|f| f.name == "level_b")
        .expect("listed");
    assert_eq!(
        (level_b.steps, level_b.cost, level_b.calls),
        (Some(78), Some(7785), 6)
    );
    let (report, _) = profile_of_precompile();
    assert_eq!(
        report
            .precompile_rows
            .iter()
            .map(|row| (row.name.as_str(), row.count))
            .collect::<Vec<_>>(),
        [("sha256", 5)]
    );
}

fn profile_of_precompile() -> (Report, Profile) {
    profile(PRECOMPILE)
}

#[test]
fn an_imported_profile_is_marked_closes_and_round_trips() {
    let (report, profile) = profile(OLDER);
    let Completeness::Imported { missing } = &profile.completeness else {
        panic!("not marked: {:?}", profile.completeness);
    };
    assert!(
        missing[0].contains("a test") && missing[0].contains("no call tree"),
        "{missing:?}"
    );
    assert!(
        missing.iter().any(|what| what.contains("callees")),
        "{missing:?}"
    );
    let cost = profile.proving_cost().expect("the cost");
    let sum: u64 = profile.node_column(cost).iter().sum();
    assert_eq!(sum, profile.sum(cost));
    let table = profile
        .tables
        .iter()
        .find(|table| table.name == FUNCTIONS_TABLE)
        .expect("there");
    assert_eq!(table.rows.len(), report.functions.len());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("p.zkp");
    profile.save(&path).expect("saved");
    assert_eq!(Profile::load(&path).expect("loaded"), profile);
}

#[test]
fn a_run_without_functions_says_why() {
    let without = &OLDER[..OLDER.find("TOP STEP").expect("there")];
    let missing = |text: &str| match profile(text).1.completeness.clone() {
        Completeness::Imported { missing } => missing.join("; "),
        other => panic!("{other:?}"),
    };
    assert!(missing(without).contains("without -S -D"));
    assert!(missing(&format!("CALL_STACK_ERROR\n{without}")).contains("lost its call stack"));
}

#[test]
fn broken_reports_are_refused_with_one_clear_error() {
    let error = |text: &str| Report::parse(text).expect_err("must be refused");
    assert!(matches!(error(""), ImportError::Foreign));
    assert!(matches!(
        error("cycles: 5\nREPORTED\n"),
        ImportError::Foreign
    ));
    let cut = |at: &str| &OLDER[..OLDER.find(at).expect("there")];
    assert!(matches!(error(cut("TOTAL ")), ImportError::CutOff(_)));
    assert!(matches!(
        error(cut("COST BY OPCODE")),
        ImportError::CutOff(_)
    ));
    // Inside the opcodes: what is there does not make up the total.
    let text = error(cut("OP keccak")).to_string();
    assert!(
        text.contains("COST BY OPCODE") && text.contains("18757215119"),
        "{text}"
    );
    // In the middle of a row.
    let row = OLDER.find("ethrex_levm::vm::VM::execute").expect("there");
    let text = error(&OLDER[..row - 30]).to_string();
    assert!(
        text.contains("TOP STEP FUNCTIONS") && text.contains("columns are missing"),
        "{text}"
    );
    // One digit changed.
    let text = error(&OLDER.replace("7,688,612,587", "7,688,612,586")).to_string();
    assert!(
        text.contains("57038392182") && text.contains("57038392183"),
        "{text}"
    );
    let text = error(&OLDER.replace(
        "OP xor                         2,405,790",
        "OP xor                         2,405,x90",
    ))
    .to_string();
    assert!(
        text.contains("is no number") && text.contains("line 40"),
        "{text}"
    );
    // Any cut at all: an error or a report, never a panic.
    for at in (0..OLDER.len())
        .step_by(7)
        .filter(|at| OLDER.is_char_boundary(*at))
    {
        let _ = Report::parse(&OLDER[..at]);
        let _ = Report::parse(&OLDER[at..]);
    }
}

/// What sums do not show: a report that ends between two lines, and figures that no sum has.
#[test]
fn what_no_sum_has_is_checked_otherwise() {
    let error = |text: &str| {
        Report::parse(text)
            .expect_err("must be refused")
            .to_string()
    };
    let cut = |text: &str, at: &str| text[..text.find(at).expect("there")].to_owned();
    for (text, why) in [
        (OLDER.trim_end().to_owned(), "its last line does not end"),
        (cut(OLDER, "TOP COST"), "there is no TOP COST FUNCTIONS"),
        (
            cut(OLDER, " 54,439,798,072"),
            "25 functions by steps and 2 by cost",
        ),
        (cut(NEWEST, "FROPS BY"), "there is no FROPS BY OPCODE"),
        (cut(NEWEST, "COST BY PREC"), "there is no COST BY PREC"),
        (
            OLDER.replace("498,004,423", "498,004,424"),
            "no whole price",
        ),
        (
            OLDER.replace("56,736,412,025", "36,736,412,025"),
            "is not 99.47%",
        ),
        (
            NEWEST.replace("111  33.33%", "121  33.33%"),
            "is not 33.33%",
        ),
        (
            NEWEST.replace("7               6 level_c", "8               6 level_c"),
            "6 a call is not 42 / 8",
        ),
    ] {
        let said = error(&text);
        assert!(said.contains(why), "{why}: {said}");
    }
    Report::parse(OLDER).expect("whole");
    Report::parse(NEWEST).expect("whole");
}

#[test]
fn huge_figures_do_not_overflow() {
    let huge = OLDER.replace("33,864,300,764", "18446744073709551615");
    assert!(Report::parse(&huge).is_err());
    let huge = OLDER.replace("33,864,300,764", "99999999999999999999999");
    assert!(Report::parse(&huge)
        .expect_err("too large")
        .to_string()
        .contains("no number"));
}
