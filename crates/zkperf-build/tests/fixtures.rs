//! The prebuilt guests are what their records say.

use object::{Object, ObjectSegment, ObjectSymbol};
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
        let recipe = Recipe::find(&format!("{}@{}", record.zkvm, record.zkvm_version));
        let recipe = recipe.expect("a known version of a known zkVM");
        assert_eq!(record.recipe, recipe.version, "{name}");
        assert_eq!(
            record.linker_script_sha256,
            recipe
                .linker_script
                .map(|script| hex::encode(Sha256::digest(script))),
            "{name}"
        );
        let variant = record
            .variant
            .as_deref()
            .expect("each is built as a variant");
        let expected = format!("{}-{}-{variant}", record.guest, recipe.label);
        assert!(name.ends_with(&format!("/{expected}")), "{name}");
        seen += 1;
    }
    assert!(seen >= 12, "{seen}");
}

/// A version of ZisK's memory map, as its crate `zisk-core` has it in `src/mem.rs`.
struct Map {
    version: &'static str,
    /// `ROM_ADDR`.
    rom: u64,
    /// Where guests' code must end: the floating point library's lies in the last MiB of 1.1.0-alpha's ROM
    /// (`FLOAT_LIB_ROM_ADDR`), elsewhere in 1.4.0-alpha.
    rom_end: u64,
    /// Where the heap must end: `FLOAT_LIB_RAM_ADDR` in 1.1.0-alpha, below which 1.4.0-alpha's library has 192 KiB more.
    heap_end: u64,
}

#[test]
fn guests_for_zisk_lie_in_their_versions_memory() {
    let maps = [
        Map {
            version: "1.4.0-alpha",
            rom: 0x9000_0000,
            rom_end: 0x9800_0000,
            heap_end: 0xbffc_0000,
        },
        Map {
            version: "1.1.0-alpha",
            rom: 0x8000_0000,
            rom_end: 0x87f0_0000,
            heap_end: 0xbfff_0000,
        },
    ];
    for map in maps {
        let recipe = Recipe::find(&format!("zisk@{}", map.version)).expect("there is one");
        for guest in [
            "hello-ZKVM-plain",
            "reference-ZKVM-unpatched",
            "reference-ZKVM-accelerated",
        ] {
            let name = guest.replace("ZKVM", recipe.reference);
            let file = std::fs::File::open(fixtures().join(format!("{name}.elf.zst")));
            let elf = zstd::decode_all(file.expect("a prebuilt guest")).expect("decompresses");
            let elf = object::File::parse(&*elf).expect("an ELF");
            assert_eq!(elf.entry(), map.rom, "{name}");
            for segment in elf.segments() {
                let (start, end) = (segment.address(), segment.address() + segment.size());
                let in_rom = map.rom <= start && end <= map.rom_end;
                let in_ram = 0xa000_0000 <= start && end <= map.heap_end;
                assert!(in_rom || in_ram, "{name}: {start:#x}..{end:#x}");
            }
            let symbol = |wanted: &str| {
                let mut symbols = elf.symbols();
                let found = symbols.find(|symbol| symbol.name() == Ok(wanted));
                found.map(|symbol| symbol.address()).expect(wanted)
            };
            assert_eq!(symbol("_init_stack_top"), 0xa040_0000, "{name}");
            assert!(symbol("_heap_bottom") >= 0xa043_0000, "{name}");
            assert_eq!(symbol("_heap_top"), map.heap_end, "{name}");
        }
    }
}
