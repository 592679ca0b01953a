//! Small made-up runs, each with one thing in it that a rule is about, and its twin without.

use zkperf_advise::{advise, audit, Advice, AdviseOptions, AuditInput, Operation, Saving, Verdict};
use zkperf_profile::{
    Completeness, Entry, Function, FunctionId, Label, Measure, Node, NodeId, Origin, Pc, Profile,
    ProfileData, Row, Run, Source, SourceMap, Table, Timeline,
};
use zkperf_report::Style;

/// A context: index of its parent, function, calls, cost, calls of circuits, label (bytes asked for).
struct Context(u32, &'static str, u64, u64, u64, Option<u64>);

/// A run of these contexts; the first is the root.
fn run(zkvm: &str, contexts: &[Context], tables: Vec<Table>) -> Profile {
    let mut names: Vec<&str> = Vec::new();
    for context in contexts {
        if !names.contains(&context.1) {
            names.push(context.1);
        }
    }
    let id = |name: &str| FunctionId(names.iter().position(|known| *known == name).unwrap() as u32);
    let mut labels: Vec<Label> = Vec::new();
    let mut nodes = Vec::new();
    for (at, context) in contexts.iter().enumerate() {
        let label = context.5.map(|bytes| {
            labels.push(Label {
                pairs: vec![("bytes".to_owned(), bytes.to_string())],
            });
            labels.len() as u32 - 1
        });
        nodes.push(Node {
            parent: NodeId(context.0),
            function: id(context.1),
            call_site: 0,
            calls: context.2,
            entry: if at == 0 { Entry::Root } else { Entry::Call },
            label,
        });
    }
    let column = |value: fn(&Context) -> u64| contexts.iter().map(value).collect::<Vec<u64>>();
    let node_values = vec![column(|context| context.3), column(|context| context.4)];
    let of_function = |column: &[u64], name: &str| -> u64 {
        let own = contexts.iter().zip(column);
        own.filter(|(context, _)| context.1 == name)
            .map(|(_, value)| value)
            .sum()
    };
    let pc_values = node_values
        .iter()
        .map(|column| names.iter().map(|name| of_function(column, name)).collect())
        .collect();
    let measure = |name: &str, at: usize, proving_cost| Measure {
        name: name.to_owned(),
        unit: "cost".to_owned(),
        about: String::new(),
        source: Source::Stored,
        total: node_values[at].iter().sum(),
        scale: 1,
        remainder: 0,
        proving_cost,
    };
    Profile::new(ProfileData {
        run: Run {
            zkvm: zkvm.to_owned(),
            zkvm_version: "1".to_owned(),
            ..Run::default()
        },
        completeness: Completeness::Complete,
        measures: vec![
            measure("cost", 0, true),
            measure("precompile_calls", 1, false),
        ],
        functions: names
            .iter()
            .map(|name| Function {
                name: name.to_string(),
                symbol: String::new(),
                address: None,
                bytes: 0,
                origin: if name.starts_with('[') {
                    Origin::Pseudo
                } else {
                    Origin::Guest
                },
            })
            .collect(),
        nodes,
        pcs: (0..names.len() as u32)
            .map(|at| Pc {
                address: Some(0x1000 + u64::from(at)),
                function: FunctionId(at),
                count: 1,
            })
            .collect(),
        node_values,
        pc_values,
        tables,
        scopes: Vec::new(),
        labels,
        timeline: Timeline::default(),
        resyncs: Vec::new(),
        unattributed: Vec::new(),
        source: SourceMap::default(),
    })
    .expect("it closes")
}

fn advice(profile: &Profile) -> Advice {
    let options = AdviseOptions {
        file: "p.zkp",
        size_label: "bytes",
        ..AdviseOptions::default()
    };
    let advice = advise(profile, &options).unwrap();
    let claimed: u64 = advice
        .findings
        .iter()
        .map(|finding| finding.share.value)
        .sum();
    assert_eq!(
        claimed + advice.rest.all.value,
        advice.measure.sum,
        "each unit once"
    );
    advice
}

/// Rule and subject of each finding.
fn found(advice: &Advice) -> Vec<(&str, &str)> {
    let findings = advice.findings.iter();
    findings
        .map(|finding| (finding.rule, finding.subject.as_str()))
        .collect()
}

/// What the audit says of an operation, and why; its text says all of that.
fn audited(profile: &Profile, operation: Operation) -> (Verdict, String) {
    let input = AuditInput {
        profile,
        file: "p.zkp".to_owned(),
        symbols: None,
    };
    let audit = audit(&[input], None).unwrap();
    let text = audit.render(&Style::default());
    let words: Vec<&str> = text.split_whitespace().collect();
    let row = audit
        .rows
        .iter()
        .find(|row| row.operation == operation)
        .unwrap();
    let why = row.cells[0].why.clone();
    assert!(words.join(" ").contains(&why), "{text}");
    (row.cells[0].verdict, why)
}

fn verdict(profile: &Profile, operation: Operation) -> Verdict {
    audited(profile, operation).0
}

/// Main calls recovery, recovery copies; one more copy is main's own.
fn recovery(circuits: u64) -> Profile {
    run(
        "risc0",
        &[
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 100, 0, None),
            Context(1, "k256::ecdsa::recover", 2, 500, 0, None),
            Context(2, "k256::arithmetic::mul::lincomb", 2, 1_000, 0, None),
            Context(3, "sys_bigint2", 4, 50, circuits, None),
            Context(3, "memcpy", 8, 80, 0, Some(64)),
            Context(1, "memcpy", 3, 30, 0, Some(16)),
        ],
        Vec::new(),
    )
}

#[test]
fn portable_code_is_claimed_with_all_it_calls() {
    let profile = recovery(0);
    assert_eq!(verdict(&profile, Operation::Ecrecover), Verdict::Unpatched);
    let advice = advice(&profile);
    let is_its = |found: &(&str, &str)| *found == ("unpatched-crypto", "ecrecover");
    let at = found(&advice).iter().position(is_its).unwrap();
    let recovery = &advice.findings[at];
    assert_eq!(recovery.share.value, 500 + 1_000 + 50 + 80);
    // At these toy figures the circuit would cost more than it saves, so nothing is gained and it does not lead.
    assert_eq!((recovery.worth(), at > 0), (0, true));
    let copies = advice
        .findings
        .iter()
        .find(|finding| finding.rule == "memory-copies")
        .unwrap();
    assert_eq!(
        copies.share.value, 30,
        "the copies within recovery are recovery's"
    );
    assert_eq!(copies.evidence[0].bytes, Some(48));
}

#[test]
fn a_patched_crate_keeps_its_name_and_is_told_by_the_circuits_it_reaches() {
    let profile = recovery(4);
    assert_eq!(
        verdict(&profile, Operation::Ecrecover),
        Verdict::Accelerated
    );
    let found = advice(&profile);
    assert!(
        found
            .findings
            .iter()
            .all(|finding| finding.rule != "unpatched-crypto"),
        "{found:?}"
    );
}

#[test]
fn a_guests_own_code_below_a_seam_is_told_by_the_circuits_it_reaches() {
    let seam = "<zkperf_guest_core::crypto::GuestCrypto<my_guest::Mine> as ethrex_crypto::provider::Crypto>::keccak256";
    let contexts = |circuits| {
        [
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 100, 0, None),
            Context(1, seam, 5, 10, 0, None),
            Context(2, "my_guest::sponge", 5, 400, 0, None),
            Context(3, "my_guest::permute", 9, 1_000, circuits, None),
        ]
    };
    let is_dear = |circuits| {
        let advice = advice(&run("zisk", &contexts(circuits), Vec::new()));
        let dear = |finding: &zkperf_advise::Finding| {
            finding.rule == "dear-function" && finding.title.contains("permute")
        };
        advice.findings.iter().any(dear)
    };
    let advice = advice(&run("zisk", &contexts(9), Vec::new()));
    let is_glue = |finding: &&zkperf_advise::Finding| finding.rule == "accelerator-glue";
    let glue = advice.findings.iter().find(is_glue).unwrap();
    assert_eq!(
        (glue.subject.as_str(), glue.share.value),
        ("keccak256", 1_400)
    );
    assert_eq!((is_dear(9), is_dear(0)), (false, true));
}

/// SP1's circuits for any modulus are 256-bit arithmetic's by their name, and MODEXP's where that calls them.
#[test]
fn a_circuit_for_any_modulus_is_the_operations_that_calls_it() {
    let seen = |multiply, circuits| {
        let contexts = [
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 100, 0, None),
            Context(1, "ethrex_levm::precompiles::modexp", 5, 10, 0, None),
            Context(2, "my_guest::montgomery", 5, 400, 0, None),
            Context(3, multiply, 9, 1_000, circuits, None),
        ];
        verdict(&run("sp1", &contexts, Vec::new()), Operation::Modexp)
    };
    let circuit = seen("syscall_uint256_mul_with_carry", 9);
    assert_eq!(circuit, Verdict::Accelerated);
    assert_ne!(seen("my_guest::multiply", 0), Verdict::Accelerated);
}

/// A fee worked out for two callers; the profile says what of it repeats: (caller, repeats, differed, cost).
fn fees(rows: &[(&str, u64, u64, u64)]) -> Profile {
    let rows = rows.iter().map(|(caller, repeats, differed, cost)| Row {
        label: format!("guest::fee{}{caller}", zkperf_profile::CALLED_BY),
        values: vec![100, 1, *repeats, *differed, 0, 100, 10, *cost],
    });
    let columns = zkperf_profile::REPEATS_COLUMNS.map(str::to_owned);
    let table = Table {
        name: zkperf_profile::REPEATS.to_owned(),
        columns: columns.into(),
        rows: rows.collect(),
    };
    let contexts = [
        Context(0, "[root]", 0, 0, 0, None),
        Context(0, "guest::main", 1, 1_000, 0, None),
        Context(1, "guest::fee", 100, 6_000, 0, None),
        Context(2, "guest::series", 100, 4_000, 0, None),
        Context(1, "guest::other", 1, 0, 0, None),
        Context(4, "guest::fee", 100, 5_000, 0, None),
    ];
    run("zisk", &contexts, vec![table])
}

#[test]
fn what_repeats_is_claimed_by_caller_with_all_it_calls() {
    let advised = advice(&fees(&[("guest::main", 90, 0, 9_000)]));
    let first = &advised.findings[0];
    assert_eq!((first.rule, first.share.value), ("duplicate-work", 9_000));
    assert_eq!(first.evidence[0].calls, Some(90));
    // Nothing of the other caller's, and of this one's the rest, is claimed by it.
    let both = advice(&fees(&[
        ("guest::main", 90, 0, 9_000),
        ("guest::other", 90, 0, 4_500),
    ]));
    assert_eq!(both.findings[0].share.value, 9_000 + 4_500);
}

#[test]
fn what_was_not_compared_is_told_with_its_cost() {
    let said = |names: &[&str]| {
        let mut data = fees(&[]).into_data();
        data.tables.push(Table {
            name: zkperf_profile::REPEATS_COMPARED.to_owned(),
            columns: vec!["calls".to_owned()],
            rows: names.iter().map(|name| named(name)).collect(),
        });
        advice(&Profile::new(data).unwrap()).not_judged[0].clone()
    };
    // 1,000 of 16,000: what a fee's `series` does is a part of the fee.
    let main = said(&["guest::fee"]);
    let known = "repeated work in 6.25% of the run, guest::main first: no call there was compared";
    assert!(main.starts_with(known), "{main}");
    let all = said(&[]);
    let known = "repeated work in 100.00% of the run, guest::fee first: ";
    assert!(all.starts_with(known), "{all}");
    assert!(!said(&["guest::main"]).starts_with("repeated work in"));
    // A profile from before the table.
    let older = advice(&fees(&[])).not_judged[0].clone();
    assert!(
        older.starts_with("how much of the run repeated work"),
        "{older}"
    );
}

fn named(name: &str) -> Row {
    Row {
        label: name.to_owned(),
        values: vec![1],
    }
}

#[test]
fn what_depends_on_something_else_is_no_repeat() {
    let advised = advice(&fees(&[("guest::main", 80, 20, 9_000)]));
    assert!(advised
        .findings
        .iter()
        .all(|finding| finding.rule != "duplicate-work"));
    assert!(advised
        .not_judged
        .iter()
        .all(|line| !line.starts_with("repeated work: ")));
    let old = advice(&recovery(0));
    assert!(old
        .not_judged
        .iter()
        .any(|line| line.starts_with("repeated work: ")));
}

#[test]
fn both_at_once_is_partly() {
    let keccak = |calls| Table {
        name: "precompiles".to_owned(),
        columns: vec!["count".to_owned(), "cost".to_owned()],
        rows: vec![Row {
            label: "keccak".to_owned(),
            values: vec![calls, 0],
        }],
    };
    let contexts = |software: u64| {
        [
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 100, 0, None),
            Context(
                1,
                "ziskos::zisklib::lib::keccak256::keccak256",
                5,
                1_000,
                10,
                None,
            ),
            Context(1, "tiny_keccak::keccakf::keccakf", 3, software, 0, None),
        ]
    };
    for (software, expected) in [(1_000, Verdict::Partly), (9, Verdict::Accelerated)] {
        let profile = run("zisk", &contexts(software), vec![keccak(10)]);
        assert_eq!(verdict(&profile, Operation::Keccak256), expected);
    }
}

#[test]
fn a_saving_is_portable_cost_less_the_circuits_price() {
    // 1,000 permutations at 42,300 to 42,400 on ZisK; nothing but permutations runs.
    let cost = 700_000_000;
    let profile = run(
        "zisk",
        &[
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 100, 0, None),
            Context(1, "tiny_keccak::keccakf::keccakf", 1_000, cost, 0, None),
        ],
        Vec::new(),
    );
    let advice = advice(&profile);
    let Saving::Range { low, high, .. } = advice.findings[0].saving else {
        panic!("{:?}", advice.findings[0].saving);
    };
    // Taking the input in by words: 17 words, 6 instructions each, at 1 an instruction, as nothing says more.
    assert_eq!(low, cost - 1_000 * (42_300 + 17 * 6));
    assert_eq!(high, cost - 1_000 * 42_400);
}

#[test]
fn rules_are_silent_where_there_is_nothing() {
    let quiet = run(
        "sp1",
        &[
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 5, 0, None),
            Context(0, "[base]", 0, 10_000, 0, None),
        ],
        Vec::new(),
    );
    let advice = advice(&quiet);
    assert_eq!(found(&advice), []);
    assert_eq!(advice.rest.fixed.value, 10_000);
    for operation in Operation::ALL {
        let verdict = verdict(&quiet, *operation);
        assert!(
            matches!(verdict, Verdict::Unused | Verdict::NotAvailable),
            "{operation:?}: {verdict:?}"
        );
    }
}

#[test]
fn memory_causes_are_told_apart() {
    let profile = run(
        "sp1",
        &[
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 5, 0, None),
            Context(1, "__rust_realloc", 4, 20, 0, Some(4_096)),
            Context(2, "memcpy", 4, 400, 0, Some(4_096)),
            Context(
                1,
                "<guest::Node as core::clone::Clone>::clone",
                7,
                70,
                0,
                None,
            ),
            Context(4, "memcpy", 7, 300, 0, Some(100)),
            Context(
                1,
                "<hashbrown::map::HashMap<u8, u8>>::insert",
                9,
                90,
                0,
                None,
            ),
            Context(
                1,
                "compiler_builtins::int::specialized_div_rem::u128_div_rem",
                2,
                60,
                0,
                None,
            ),
            Context(1, "ethrex_rlp::decode::decode_rlp_item", 11, 110, 0, None),
        ],
        Vec::new(),
    );
    let advice = advice(&profile);
    let share = |rule: &str| {
        let its = advice
            .findings
            .iter()
            .filter(|finding| finding.rule == rule);
        its.map(|finding| finding.share.value).sum::<u64>()
    };
    assert_eq!(share("buffer-growth"), 420, "with what finds the memory");
    assert_eq!(share("allocation"), 0);
    assert_eq!(share("clone"), 370, "a clone's copies are its own");
    assert_eq!(share("hash-maps"), 90);
    assert_eq!(share("wide-division"), 60);
    assert_eq!(share("serialization"), 110);
    assert_eq!(share("memory-copies"), 0);
    let (verdict, why) = audited(&profile, Operation::Memory);
    assert_eq!(verdict, Verdict::NotAvailable);
    assert!(why.ends_with("in software: 11 calls"), "{why}");
}

#[test]
fn an_unknown_zkvm_gets_what_needs_no_circuits() {
    let profile = run(
        "jolt",
        &[
            Context(0, "[root]", 0, 0, 0, None),
            Context(0, "guest::main", 1, 5, 0, None),
            Context(1, "tiny_keccak::keccakf::keccakf", 3, 1_000, 0, None),
            Context(1, "memcpy", 3, 300, 0, None),
        ],
        Vec::new(),
    );
    assert_eq!(
        verdict(&profile, Operation::Keccak256),
        Verdict::NotAvailable
    );
    let advice = advice(&profile);
    assert!(advice
        .findings
        .iter()
        .any(|finding| finding.rule == "memory-copies"));
    assert!(advice.not_judged.iter().any(|text| text.contains("jolt")));
}
