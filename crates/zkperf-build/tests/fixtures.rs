//! The prebuilt guests are what their records say.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use zkperf_build::{BuildRecord, Recipe};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/guests")
}

#[test]
fn every_prebuilt_guest_has_its_record() {
    let mut seen = 0;
    for entry in std::fs::read_dir(fixtures())
        .expect("the fixtures are there")
        .flatten()
    {
        let path = entry.path();
        let Some(name) = path.to_str().and_then(|path| path.strip_suffix(".elf.zst")) else {
            continue;
        };
        let record = std::fs::read(format!("{name}.json")).expect("a record stands beside it");
        let record: BuildRecord = serde_json::from_slice(&record).expect("the record parses");
        let elf =
            zstd::decode_all(std::fs::File::open(&path).expect("opens")).expect("decompresses");
        assert_eq!(elf.len() as u64, record.elf_bytes, "{name}");
        assert_eq!(
            hex::encode(Sha256::digest(&elf)),
            record.elf_sha256,
            "{name}"
        );
        assert!(record.place_dependent.is_empty(), "{name}");
        let recipe = Recipe::find(&record.zkvm).expect("a known zkVM");
        assert_eq!(
            (record.recipe, record.zkvm_version.as_str()),
            (recipe.version, recipe.zkvm_version),
            "{name}"
        );
        seen += 1;
    }
    assert!(seen >= 9, "{seen}");
}
