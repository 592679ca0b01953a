//! Functions by what people type.

use zkperf_profile::{example, FunctionId, MeasureId, Profile, ProfileData};
use zkperf_report::{find_functions, ReportError};

fn with(change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).unwrap()
}

#[test]
fn names_are_found_in_this_order() {
    let profile = with(|d| {
        d.functions[5].name = "hash".into();
        d.functions[1].name = "a.c".into();
    });
    let find = |pattern: &str| find_functions(&profile, pattern, MeasureId(0), false);
    let hash = "guest::crypto::keccak::hash";
    assert_eq!(find("hash"), Ok(vec![FunctionId(5)]), "exact before a part");
    for pattern in [
        hash,
        &format!("{hash}::h2222222222222222"),
        "_ZN5guest6crypto6keccak4hash17h2222222222222222E",
        "0x6000",
        "KECCAK",
        "keccak.*sh",
        "^guest::crypto",
    ] {
        assert_eq!(find(pattern), Ok(vec![FunctionId(4)]), "{pattern}");
    }
    assert_eq!(find("a.c"), Ok(vec![FunctionId(1)]));
    for pattern in ["", "0x6004", "nothing like it"] {
        assert!(
            matches!(find(pattern), Err(ReportError::UnknownFunction { .. })),
            "{pattern}"
        );
    }
}

#[test]
fn copies_of_one_name_can_be_told_apart_and_taken_together() {
    let profile = with(|d| {
        d.functions[4].name = "guest::f::h1111111111111111".into();
        d.functions[5].name = "guest::f::h2222222222222222".into();
    });
    let find = |pattern: &str, all| find_functions(&profile, pattern, MeasureId(0), all);
    assert_eq!(
        find("guest::f", true),
        Ok(vec![FunctionId(4), FunctionId(5)])
    );
    let Err(ReportError::Ambiguous { candidates, .. }) = find("guest::f", false) else {
        panic!("two functions have that name");
    };
    for (candidate, id) in candidates.iter().zip([4, 5]) {
        assert_eq!(
            find(candidate, false),
            Ok(vec![FunctionId(id)]),
            "a candidate is an answer"
        );
    }
}
