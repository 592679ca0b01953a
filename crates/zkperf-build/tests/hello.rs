//! Builds the smallest guests for real. Needs a compiler for guests; skipped without one.

use std::path::{Path, PathBuf};
use zkperf_build::{
    build, doctor, find_guests, BuildError, BuildRequest, BuiltGuest, Guest, Recipe,
};

/// The hello guest's folder, if this machine can build it.
fn hello(zkvm: &str) -> Option<PathBuf> {
    // Builds std twice: ten minutes of CPU. `cargo xtask full` sets this.
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: a long check, run by `cargo xtask full`");
        return None;
    }
    let report = doctor(zkvm).expect("there is a recipe");
    let guests = find_guests().expect("tests run inside the checkout");
    if report.ready {
        let folder = Recipe::find(zkvm).expect("there is a recipe").reference;
        return Some(guests.join(format!("hello-{folder}")));
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "cannot build guests: {report:#?}"
    );
    println!("skipped: a compiler for {zkvm} guests missing");
    None
}

fn copy_sources(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("src")).expect("folders");
    for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        std::fs::copy(from.join(file), to.join(file)).expect("copies");
    }
}

fn request(zkvm: &str, folder: &Path, out_dir: &Path) -> BuildRequest {
    BuildRequest {
        zkvm: zkvm.into(),
        guest: Guest::Dir(folder.into()),
        variant: Some("plain".into()),
        out_dir: out_dir.into(),
        target_dir: None,
        fields: Vec::new(),
        overrides: Default::default(),
    }
}

fn build_in(zkvm: &str, folder: &Path) -> BuiltGuest {
    build(&request(zkvm, folder, &folder.join("out")), &mut |_| ()).expect("builds")
}

#[test]
fn two_folders_give_one_elf_for_zisk() {
    two_folders_give_one_elf("zisk");
}

#[test]
fn two_folders_give_one_elf_for_zisk_1_1_0() {
    two_folders_give_one_elf("zisk@1.1.0-alpha");
}

#[test]
fn two_folders_give_one_elf_for_sp1() {
    two_folders_give_one_elf("sp1");
}

#[test]
fn two_folders_give_one_elf_for_risc0() {
    two_folders_give_one_elf("risc0");
}

fn two_folders_give_one_elf(zkvm: &str) {
    let Some(hello) = hello(zkvm) else { return };
    let temporary = tempfile::tempdir().expect("a folder");
    let folders = [
        temporary.path().join("one"),
        temporary.path().join("a/much/longer name/two"),
    ];
    let [one, two] = folders.clone().map(|folder| {
        copy_sources(&hello, &folder);
        build_in(zkvm, &folder)
    });
    assert_eq!(one.record.elf_sha256, two.record.elf_sha256);
    assert_eq!(one.record, two.record);
    let elf = std::fs::read(&one.elf_path).expect("reads");
    assert_eq!(elf.len() as u64, one.record.elf_bytes);
    // with a slash: a home of `/root` would be found in `src/root.rs`
    let home = std::env::var("HOME").expect("a home") + "/";
    for place in [temporary.path().to_str().expect("UTF-8"), home.as_str()] {
        assert!(
            !elf.windows(place.len())
                .any(|window| window == place.as_bytes()),
            "{place} is in the ELF"
        );
    }
    let json = std::fs::read(&one.record_path).expect("reads");
    assert_eq!(
        serde_json::from_slice::<zkperf_build::BuildRecord>(&json).expect("parses"),
        one.record
    );
    assert!(one.record.place_dependent.is_empty());
}

#[test]
fn what_is_not_a_guest_is_refused_with_the_next_step() {
    let temporary = tempfile::tempdir().expect("a folder");
    let empty = build(
        &request("zisk", temporary.path(), temporary.path()),
        &mut |_| (),
    );
    assert!(empty
        .expect_err("no manifest")
        .to_string()
        .contains("--guest"));
    let mut other = request("zisk", temporary.path(), temporary.path());
    other.zkvm = "nothing".into();
    assert!(build(&other, &mut |_| ())
        .expect_err("unknown")
        .to_string()
        .contains("zisk"));
}

#[test]
fn an_unknown_variant_names_the_known_ones() {
    let Some(hello) = hello("zisk") else { return };
    let temporary = tempfile::tempdir().expect("a folder");
    let mut request = request("zisk", &hello, temporary.path());
    request.variant = Some("fast".into());
    request.target_dir = Some(temporary.path().into());
    let error = build(&request, &mut |_| ()).expect_err("no such variant");
    assert!(matches!(error, BuildError::UnknownVariant { .. }));
    assert!(error.to_string().contains("plain"), "{error}");
}

#[test]
fn a_compiler_error_is_shown() {
    let Some(hello) = hello("zisk") else { return };
    let temporary = tempfile::tempdir().expect("a folder");
    copy_sources(&hello, temporary.path());
    let manifest = temporary.path().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).expect("reads");
    let line = "ziskos = \"=1.4.0-alpha\"";
    assert!(text.contains(line));
    // a lock file that no longer fits: found out before anything is compiled
    std::fs::write(
        &manifest,
        text.replace(line, "ziskos = \"=1.4.0-alpha\"\nlibm = \"=0.2.11\""),
    )
    .expect("writes");
    let error = build(
        &request("zisk", temporary.path(), &temporary.path().join("out")),
        &mut |_| (),
    )
    .expect_err("stale");
    assert!(matches!(error, BuildError::Cargo { .. }), "{error}");
    assert!(error.to_string().contains("lock"), "{error}");
    assert!(!temporary.path().join("out").exists());
}

#[test]
fn the_doctor_says_how_to_get_what_is_missing() {
    for recipe in Recipe::all() {
        let report = doctor(&recipe.id()).expect("there is a recipe");
        assert_eq!(report.zkvm, recipe.zkvm);
        assert_eq!(report.zkvm_version, recipe.zkvm_version);
        assert!(report.checks.iter().all(|check| !check.install.is_empty()));
        let json = serde_json::to_string(&report).expect("serialises");
        assert_eq!(
            serde_json::from_str::<zkperf_build::DoctorReport>(&json).expect("parses"),
            report
        );
    }
    assert!(doctor("nothing").is_err());
}
