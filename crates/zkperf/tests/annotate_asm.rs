//! `annotate --asm` on the prebuilt guests: its text is objdump's, it closes, and it refuses other files.

mod support;

use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{fail, hello, json, output, succeed, text, zkperf};
use zkperf_exec::Zkvm;
use zkperf_profile::{MeasureId, Profile};
use zkperf_symbols::Disassembly;

const OBJDUMP: &str = "riscv64-unknown-elf-objdump";

/// The embedded reference guests on the embedded block: `<zkvm>.elf` and its profile.
fn demo(home: &Path) -> Vec<(Box<dyn Zkvm>, Vec<u8>, Profile)> {
    succeed(zkperf(home).args(["demo", "-o", "d", "--keep-inputs"]));
    let zkvms: [Box<dyn Zkvm>; 3] = [
        Box::new(zkperf_zisk::Zisk),
        Box::new(zkperf_sp1::Sp1),
        Box::new(zkperf_risc0::Risc0),
    ];
    zkvms
        .into_iter()
        .map(|zkvm| {
            let file = |end: &str| home.join(format!("d/demo-{}.{end}", zkvm.name()));
            let elf = std::fs::read(file("elf")).unwrap();
            let profile = Profile::load(file("zkp")).unwrap();
            (zkvm, elf, profile)
        })
        .collect()
}

/// Word and text of every instruction that objdump finds in an ELF; nothing, and said on stdout, without objdump.
fn objdump(home: &Path, elf: &[u8]) -> Option<HashMap<u64, (String, String)>> {
    let path = home.join("part.elf");
    std::fs::write(&path, elf).unwrap();
    let run = Command::new(OBJDUMP).args(["-d", "-z"]).arg(&path).output();
    let out = match run {
        Ok(done) if done.status.success() => text(&done.stdout),
        failed => {
            assert!(
                std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
                "{OBJDUMP} (package binutils-riscv64-unknown-elf): {failed:?}"
            );
            println!("skipped: {OBJDUMP}: {:?}", failed.err());
            return None;
        }
    };
    // `    90000004:\td9018193          \tadd\tgp,gp,-624 # 9029ed90 <_global_pointer>`
    let row = |line: &str| {
        let (address, rest) = line.trim_start().split_once(":\t")?;
        let (word, text) = rest.split_once('\t')?;
        let address = u64::from_str_radix(address, 16).ok()?;
        Some((address, (word.trim().to_owned(), text.to_owned())))
    };
    Some(out.lines().filter_map(row).collect())
}

/// Objdump's text in our form. The differences, all of them:
/// a blank for the tab; no ` # address <symbol>` behind addresses it computes; `0x` instead of the symbol at a target;
/// version 2.40 leaves the `i` of immediate forms out (`add a0,a0,1`).
fn normalised(text: &str) -> String {
    let text = text.split(" # ").next().unwrap_or_default().trim();
    let (mnemonic, operands) = text.split_once('\t').unwrap_or((text, ""));
    let operands = match operands.split_once(" <") {
        Some((before, _)) => {
            let at = before.rfind(',').map_or(0, |comma| comma + 1);
            format!("{}0x{}", &before[..at], &before[at..])
        }
        None => operands.to_owned(),
    };
    let last = operands.rsplit(',').next().unwrap_or_default();
    let is_number = last.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let mnemonic = match mnemonic {
        "add" | "and" | "or" | "xor" | "sll" | "srl" | "sra" | "slt" if is_number => {
            format!("{mnemonic}i")
        }
        "sltu" if is_number => "sltiu".to_owned(),
        "addw" | "sllw" | "srlw" | "sraw" if is_number => {
            format!("{}iw", &mnemonic[..mnemonic.len() - 1])
        }
        other => other.to_owned(),
    };
    format!("{mnemonic} {operands}").trim_end().to_owned()
}

#[test]
fn every_executed_instruction_reads_as_in_objdump() {
    let home = tempfile::tempdir().unwrap();
    for (zkvm, file, profile) in demo(home.path()) {
        let mut compared = 0;
        let mut refused = 0;
        for elf in zkvm.elves(&file) {
            let Some(theirs) = objdump(home.path(), elf) else {
                return;
            };
            let ours = Disassembly::of_elf(elf).unwrap();
            for address in profile.pcs.iter().filter_map(|pc| pc.address) {
                let Some((word, text)) = theirs.get(&address) else {
                    assert_eq!(ours.at(address), None, "{address:x}");
                    continue;
                };
                let found = ours.at(address).unwrap();
                assert_eq!(u32::from_str_radix(word, 16), Ok(found.word), "{address:x}");
                // The guests' attributes do not name Zicsr, without which this objdump knows no CSR instruction.
                if found.word & 0x7f == 0x73 && text.starts_with(".4byte") {
                    refused += 1;
                    continue;
                }
                assert_eq!(found.text, normalised(text), "{} {address:x}", zkvm.name());
                compared += 1;
            }
        }
        println!(
            "{}: {compared} as objdump, {refused} CSR accesses",
            zkvm.name()
        );
        assert!(compared > 200_000, "{} {compared}", zkvm.name());
        assert!(refused < 200, "{} {refused}", zkvm.name());
    }
}

/// Profiles of the small guests, each in a folder of its own.
fn profiled(zkvm: &str, home: &Path) -> PathBuf {
    let folder = home.join(zkvm);
    std::fs::create_dir_all(&folder).unwrap();
    hello(zkvm, &folder);
    let elf = folder.join(format!("{zkvm}.elf"));
    let profile = folder.join("p.zkp");
    let mut command = zkperf(home);
    command.args(["profile", "--zkvm", zkvm, "--elf"]).arg(elf);
    output(command.arg("-o").arg(&profile));
    profile
}

fn asm(home: &Path, profile: &Path, more: &[&str]) -> Value {
    json(
        zkperf(home)
            .arg("annotate")
            .arg(profile)
            .arg("--asm")
            .args(more),
    )
}

#[test]
fn rows_add_up_to_the_run() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ["zisk", "sp1", "risc0"] {
        let path = profiled(zkvm, home.path());
        let profile = Profile::load(&path).unwrap();
        // The ELF lies beside the profile: it is found by its hash.
        let all = asm(home.path(), &path, &[".", "--all"]);
        assert_eq!(all["schema"], "zkperf-annotate-asm/1");
        assert_eq!(all["elf"]["matches"], true);
        for measure in 0..profile.measures.len() {
            let sum = all["total"]["values"][measure].as_u64().unwrap();
            assert_eq!(sum, profile.sum(MeasureId(measure as u32)), "{zkvm}");
        }
        let rows = all["rows"].as_array().unwrap();
        assert_eq!(rows.len(), profile.pcs.len());
    }
}

#[test]
fn rows_of_the_dearest_functions_add_up_to_them_and_nearly_all_have_text() {
    let home = tempfile::tempdir().unwrap();
    for (zkvm, _, profile) in demo(home.path()) {
        let path = home.path().join(format!("d/demo-{}.zkp", zkvm.name()));
        let own: Vec<Vec<u64>> = (0..profile.measures.len() as u32)
            .map(|id| profile.self_by_function(MeasureId(id)))
            .collect();
        let cost = profile.proving_cost().unwrap().0 as usize;
        let mut order: Vec<usize> = (0..profile.functions.len()).collect();
        order.retain(|&at| profile.functions[at].address.is_some());
        order.sort_by_key(|&at| std::cmp::Reverse(own[cost][at]));
        let memcpy = order
            .iter()
            .find(|&&at| profile.functions[at].name == "memcpy");
        for &at in order.iter().take(5).chain(memcpy) {
            // By address: a name may be that of inlined copies as well.
            let address = format!("0x{:x}", profile.functions[at].address.unwrap());
            let view = asm(home.path(), &path, &[&address]);
            for (measure, own) in own.iter().enumerate() {
                let sum = view["total"]["values"][measure].as_u64().unwrap();
                assert_eq!(sum, own[at], "{} {address} {measure}", zkvm.name());
            }
            let rows = view["rows"].as_array().unwrap();
            assert!(rows.iter().all(|row| row["text"].is_string()), "{address}");
            let text = succeed(
                zkperf(home.path())
                    .arg("annotate")
                    .arg(&path)
                    .args([&address, "--asm"]),
            );
            assert!(text.contains(" total"), "{text}");
        }
        // What a precompile's CSR is, by its name in the tables.
        if zkvm.name() == "zisk" {
            let view = asm(home.path(), &path, &["memcpy"]);
            let rows = view["rows"].as_array().unwrap().iter();
            let texts: Vec<&str> = rows.filter_map(|row| row["text"].as_str()).collect();
            assert!(texts.contains(&"csrs 0x813,a1 # dma_memcpy"), "{texts:?}");
        }
    }
}

#[test]
fn another_file_is_refused_unless_forced() {
    let home = tempfile::tempdir().unwrap();
    let path = profiled("zisk", home.path());
    let elf = path.with_file_name("zisk.elf");
    let right = std::fs::read(&elf).unwrap();
    let mut other = right.clone();
    *other.last_mut().unwrap() ^= 1;
    let wrong = home.path().join("other.elf");
    std::fs::write(&wrong, &other).unwrap();
    std::fs::remove_file(&elf).unwrap();
    let annotate = |more: &[&str]| {
        let mut command = zkperf(home.path());
        command
            .arg("annotate")
            .arg(&path)
            .args([".", "--all", "--asm"])
            .args(more);
        command
    };
    let profile = Profile::load(&path).unwrap();
    // Without a file: which one is needed.
    let said = fail(&mut annotate(&[]));
    for expected in [&profile.run.elf.sha256, "--elf", &profile.run.elf.guest] {
        assert!(said.contains(expected), "{said}");
    }
    // Another one: both hashes, in one sentence.
    let said = fail(&mut annotate(&["--elf", "other.elf"]));
    assert!(said.contains(&profile.run.elf.sha256), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let view = json(&mut annotate(&["--elf", "other.elf", "--force"]));
    assert_eq!(view["elf"]["matches"], false);
    assert!(
        said.contains(view["elf"]["sha256"].as_str().unwrap()),
        "{said}"
    );
    let shown = succeed(&mut annotate(&["--elf", "other.elf", "--force"]));
    assert_eq!(shown.matches("WRONG ELF").count(), 2, "{shown}");
    // The right one anywhere; a file that is no ELF; options that need others.
    std::fs::write(&elf, &right).unwrap();
    succeed(&mut annotate(&["--elf", "zisk/zisk.elf"]));
    std::fs::write(&wrong, b"no ELF").unwrap();
    let said = fail(&mut annotate(&["--elf", "other.elf", "--force"]));
    assert!(said.contains("not an ELF"), "{said}");
    let code = |more: &[&str]| output(&mut annotate(more)).status.code();
    assert_eq!(code(&["--force"]), Some(2));
    assert_eq!(code(&["--elf", "missing.elf"]), Some(1));
}
