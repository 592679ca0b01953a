//! Rebuilds the reference guests here and compares them with the prebuilt ones, which were built in other folders.
//! Needs compilers for guests, and most of an hour.

use std::path::Path;
use zkperf_build::{build, doctor, BuildRecord, BuildRequest, Guest, Recipe};

fn rebuilt_is_prebuilt(zkvm: &str, variant: &str) {
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: a long check, run by `cargo xtask full`");
        return;
    }
    if !doctor(zkvm).expect("there is a recipe").ready {
        assert!(
            std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
            "cannot build guests for {zkvm}"
        );
        println!("skipped: a compiler for {zkvm} guests missing");
        return;
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/guests");
    let folder = Recipe::find(zkvm).expect("there is a recipe").reference;
    let prebuilt = std::fs::read(fixtures.join(format!("reference-{folder}-{variant}.json")));
    let prebuilt: BuildRecord =
        serde_json::from_slice(&prebuilt.expect("a record")).expect("the record parses");
    let out = tempfile::tempdir().expect("a folder");
    let request = BuildRequest {
        zkvm: zkvm.into(),
        guest: Guest::Reference,
        variant: Some(variant.into()),
        out_dir: out.path().into(),
        target_dir: None,
        fields: Vec::new(),
        overrides: Default::default(),
    };
    let built = build(&request, &mut |_| ()).expect("builds");
    let rebuilt = built.record;
    let tools = |record: &BuildRecord| (record.compiler.clone(), record.linker.clone());
    if tools(&rebuilt) != tools(&prebuilt) {
        println!("skipped: the compiler that made the prebuilt guests missing");
        return;
    }
    if rebuilt.elf_sha256 != prebuilt.elf_sha256 {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{folder}-{variant}.elf"));
        std::fs::copy(&built.elf_path, &kept).expect("copies");
        panic!(
            "{} is {}, the prebuilt one {}",
            kept.display(),
            rebuilt.elf_sha256,
            prebuilt.elf_sha256
        );
    }
    let here = BuildRecord {
        git: prebuilt.git.clone(),
        // asked for with `--layout` only
        layout: prebuilt.layout.clone(),
        ..rebuilt
    };
    assert_eq!(here, prebuilt);
}

macro_rules! guests {
    ($($name:ident: $zkvm:literal, $variant:literal;)*) => {$(
        #[test]
        fn $name() {
            rebuilt_is_prebuilt($zkvm, $variant);
        }
    )*};
}

guests! {
    zisk_unpatched: "zisk", "unpatched";
    zisk_accelerated: "zisk", "accelerated";
    zisk_1_1_0_unpatched: "zisk@1.1.0-alpha", "unpatched";
    zisk_1_1_0_accelerated: "zisk@1.1.0-alpha", "accelerated";
    sp1_unpatched: "sp1", "unpatched";
    sp1_accelerated: "sp1", "accelerated";
    risc0_unpatched: "risc0", "unpatched";
    risc0_accelerated: "risc0", "accelerated";
}
