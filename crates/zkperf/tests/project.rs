//! Guests that a `zkperf.toml` names: built, fed and measured as it says.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{fail, hello, json, output, succeed, text, text as text_of, zkperf};

/// A repository whose `zkperf.toml` is `config`, with small prebuilt guests in `prebuilt/`.
fn repository(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    std::fs::create_dir(root.join("prebuilt")).expect("a folder");
    for zkvm in ["zisk", "sp1", "risc0"] {
        hello(zkvm, &root.join("prebuilt"));
    }
    let block = support::repository().join("fixtures/demo-block/demo-block.json.zst");
    std::fs::copy(block, root.join("block.json.zst")).expect("the demo's block");
    // What a guest of ZisK reads: length, bytes, zeros up to a multiple of eight.
    std::fs::write(root.join("abc.zisk"), b"\x03\0\0\0\0\0\0\0abc\0\0\0\0\0").expect("an input");
    std::fs::write(root.join("abc.raw"), b"abc").expect("an input");
    std::fs::write(root.join("zkperf.toml"), config).expect("a zkperf.toml");
    for arguments in [
        &["init", "-q"][..],
        &["config", "user.email", "someone@example.org"],
        &["config", "user.name", "Someone"],
        &["add", "-A"],
        &["commit", "-q", "-m", "begin"],
    ] {
        let status = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .status();
        assert!(status.expect("git starts").success());
    }
    folder
}

/// Every way to build and to feed, one a zkVM.
const EVERY_WAY: &str = r#"
[guest]
name = "sums"
[guest.zisk]
build = "echo building {zkvm} {variant}; mkdir -p out; cp prebuilt/zisk.elf out/{zkvm}.elf"
elf = "out/zisk.elf"
variant = "small"
input = "test -s {recorded} && test {block} = 6 && test {chain} = 1337 && cp \"$ZKPERF_ROOT\"/abc.zisk {out}"
[guest.sp1]
elf = "prebuilt/sp1.elf"
input_file = "abc.raw"
[guest.risc0]
build = "cp prebuilt/risc0.elf risc0.bin"
elf = "risc0.bin"
input = "cp abc.raw {out}"
[bench]
recorded = ["*.json.zst"]
"#;

/// What a run printed, as a sum of its input's bytes: 97 + 98 + 99.
fn is_the_sum(hex: &str) -> bool {
    hex.starts_with("26010000")
}

#[test]
fn each_guest_is_built_and_fed_as_its_table_says() {
    let repository = repository(EVERY_WAY);
    let root = repository.path();
    let document = json(zkperf(root).args(["bench", "--title", "first"]));
    let runs = document["runs"].as_array().expect("a list");
    let of = |zkvm: &str| runs.iter().find(|run| run["zkvm"] == zkvm).expect("it ran");
    assert_eq!(runs.len(), 3);
    assert_eq!(
        (&of("zisk")["block"], &of("zisk")["chain_id"]),
        (&6.into(), &1337.into())
    );
    assert_eq!(of("sp1")["block"], serde_json::Value::Null);
    assert_eq!(of("risc0")["block"], 6);
    assert_eq!(of("zisk")["variant"], "small");
    for run in runs {
        let profile = root.join(run["profile"].as_str().expect("a path"));
        let data = json(zkperf(root).arg("to-json").arg(&profile));
        assert!(
            is_the_sum(data["run"]["output_hex"].as_str().expect("text")),
            "{}",
            data["run"]
        );
        assert_eq!(data["run"]["elf"]["guest"], "sums");
        assert_eq!(data["run"]["elf"]["git_dirty"], false);
        assert_eq!(
            data["run"]["elf"]["git_commit"].as_str().map(str::len),
            Some(40)
        );
    }
    // From a folder below, and from outside by --config.
    let below = json(
        zkperf(root)
            .args(["bench", "--zkvm", "sp1"])
            .current_dir(root.join("prebuilt")),
    );
    assert_eq!(below["runs"][0]["elf_sha256"], of("sp1")["elf_sha256"]);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let config = root.join("zkperf.toml");
    let outside = json(
        zkperf(root)
            .args(["bench", "--zkvm", "zisk", "--config"])
            .arg(&config)
            .current_dir(elsewhere.path()),
    );
    assert_eq!(outside["runs"][0]["totals"], of("zisk")["totals"]);
    // Twice the same is no change, to the last unit.
    let first = of("zisk")["profile"].as_str().expect("a path");
    let again = elsewhere
        .path()
        .join(outside["runs"][0]["profile"].as_str().expect("a path"));
    let same = succeed(zkperf(root).arg("compare").arg(first).arg(&again));
    assert!(
        same.to_lowercase().contains("identical") || same.contains("0.00%"),
        "{same}"
    );
}

#[test]
fn build_input_and_profile_are_steps_of_their_own() {
    let repository = repository(EVERY_WAY);
    let root = repository.path();
    // Nothing is built yet.
    let said = fail(zkperf(root).args(["profile", "--zkvm", "zisk"]));
    assert!(said.contains("zkperf build --zkvm zisk"), "{said}");
    // What the build prints is not what zkperf prints.
    let built = output(zkperf(root).args(["build", "--zkvm", "zisk", "--json"]));
    assert!(
        text(&built.stderr).contains("building zisk small"),
        "{}",
        text(&built.stderr)
    );
    let built: serde_json::Value = serde_json::from_slice(&built.stdout).expect("one document");
    assert_eq!(built["schema"], "zkperf-build/1");
    assert!(built["elf"]
        .as_str()
        .expect("a path")
        .ends_with("out/zisk.elf"));
    let inputs = json(zkperf(root).args(["input", "--zkvm", "zisk", "-o", "in", "6"]));
    let input = inputs["input"]["path"].as_str().expect("a path").to_owned();
    assert!(
        input.starts_with("in/ethrex_1337_6_") && input.ends_with("_input.bin"),
        "{input}"
    );
    let bytes = std::fs::read(root.join(&input)).expect("written");
    assert_eq!(bytes, std::fs::read(root.join("abc.zisk")).expect("there"));
    let profiled =
        json(zkperf(root).args(["profile", "--zkvm", "zisk", "--input", &input, "--dir", "p"]));
    assert!(
        profiled["profile"]
            .as_str()
            .expect("a path")
            .starts_with("p/stats_"),
        "{profiled}"
    );
    // The fixed input is taken by itself; one that is given has the last word.
    let fixed = json(zkperf(root).args(["profile", "--zkvm", "sp1", "-o", "sp1.zkp"]));
    let given = json(zkperf(root).args([
        "profile",
        "--zkvm",
        "sp1",
        "--input",
        "abc.zisk",
        "-o",
        "other.zkp",
    ]));
    assert_ne!(fixed["input_sha256"], given["input_sha256"]);
    let which = output(zkperf(root).arg("profile"));
    assert_eq!(which.status.code(), Some(2));
    assert!(
        text(&which.stderr).contains("risc0, sp1, zisk"),
        "{}",
        text(&which.stderr)
    );
}

/// A command that asks a node by itself is asked once: the store keeps what it made.
#[test]
fn the_store_keeps_the_input_of_any_guest() {
    let config = r#"
[guest]
name = "forgetful"
[guest.zisk]
elf = "prebuilt/zisk.elf"
input = "test \"$NODE\" = http://u:KEY0123@node.example/ && echo \"asking $NODE\" && test {block} = 5 && mv once {out}"
[bench]
rpc_url_env = "NODE"
blocks = [5]
"#;
    let repository = repository(config);
    let root = repository.path();
    std::fs::copy(root.join("abc.zisk"), root.join("once")).expect("copied");
    let run = |title: &str| {
        let mut command = zkperf(root);
        command
            .args(["bench", "--title", title])
            .env("NODE", "http://u:KEY0123@node.example/");
        output(&mut command)
    };
    let first = run("first");
    let stderr = text(&first.stderr);
    assert!(
        first.status.success() && stderr.contains("asking $NODE"),
        "{stderr}"
    );
    assert!(!stderr.contains("KEY0123"), "{stderr}");
    // The node has forgotten the block by now.
    assert!(run("second").status.success());
    let refetched = zkperf(root)
        .args(["bench", "--refetch"])
        .env("NODE", "http://u:KEY0123@node.example/")
        .output()
        .expect("it starts");
    let stderr = text(&refetched.stderr);
    assert_eq!(refetched.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("the input command of [guest.zisk] failed"),
        "{stderr}"
    );
    assert!(!stderr.contains("KEY0123"), "{stderr}");
}

#[test]
fn another_checkout_is_built_and_the_yardstick_stays() {
    let repository = repository(EVERY_WAY);
    let root = repository.path();
    let other = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(other.path().join("prebuilt")).expect("a folder");
    let dearer = support::guest(other.path(), "accelerated");
    std::fs::copy(dearer, other.path().join("prebuilt/zisk.elf")).expect("copied");
    std::fs::copy(root.join("abc.zisk"), other.path().join("abc.zisk")).expect("copied");
    let here = json(zkperf(root).args(["build", "--zkvm", "zisk"]));
    let mut build = zkperf(root);
    build
        .args(["build", "--zkvm", "zisk", "--checkout"])
        .arg(other.path());
    let there = json(&mut build);
    assert_ne!(here["elf_sha256"], there["elf_sha256"]);
    assert!(Path::new(there["elf"].as_str().expect("a path")).starts_with(other.path()));
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let guest =
        |table: &str| format!("[guest.zisk]\n{table}\n[bench]\nrecorded = [\"*.json.zst\"]\n");
    for (config, code, words) in [
        (
            guest("build = \"exit 3\"\nelf = \"x\""),
            1,
            "the build command of [guest.zisk] failed",
        ),
        (
            guest("build = \"true\"\nelf = \"out/none.elf\""),
            1,
            "did not leave it",
        ),
        (guest("build = \"make {zkmv}\"\nelf = \"x\""), 2, "{zkmv}"),
        (guest("elf = \"prebuilt/none.elf\""), 1, "prebuilt/none.elf"),
        (guest("elf = \"prebuilt/sp1.elf\""), 1, "not for zisk"),
        (
            guest("elf = \"prebuilt/zisk.elf\"\ninput = \"true {out}\""),
            1,
            "wrote nothing",
        ),
        (
            guest("elf = \"prebuilt/zisk.elf\"\ninput_file = \"none.bin\""),
            1,
            "none.bin",
        ),
        (guest("package = \"nowhere\""), 2, "Cargo.toml"),
        (guest("elff = \"x\""), 2, "zkperf.toml:2: `guest.zisk.elff`"),
        (
            "[guest.zsik]\nelf = \"x\"\n".into(),
            2,
            "did you mean `zisk`",
        ),
        (
            "[guest.zisk]\nelf = \"prebuilt/zisk.elf\"\n".into(),
            2,
            "which block?",
        ),
        (
            "[guest.zisk]\nelf = \"prebuilt/zisk.elf\"\n[bench]\nrecorded = [\"none/*\"]\n".into(),
            2,
            "matches no file",
        ),
    ] {
        let repository = repository(&config);
        let out = output(zkperf(repository.path()).arg("bench"));
        let stderr = text(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{config}\n{stderr}");
        assert!(
            stderr.contains(words) && !stderr.contains("panicked"),
            "{config}\n{stderr}"
        );
    }
    // Without any zkperf.toml, --checkout and a missing --zkvm have nothing to go by.
    let empty = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["bench", "--block", "1"][..],
        &["build"],
        &["build", "--zkvm", "zisk", "--checkout", "."],
    ] {
        let out = output(zkperf(empty.path()).args(arguments));
        assert_eq!(
            out.status.code(),
            Some(2),
            "{arguments:?}\n{}",
            text(&out.stderr)
        );
    }
}

/// A guest from source, laid out as the template project of its zkVM.
struct Template {
    zkvm: &'static str,
    /// Where the guest's package is, and where its lock file.
    package: &'static str,
    lock: &'static str,
    /// Files besides: path and content.
    others: &'static [(&'static str, &'static str)],
    input: &'static str,
}

const TEMPLATES: [Template; 3] = [
    Template {
        zkvm: "zisk",
        package: "guest",
        lock: "guest/Cargo.lock",
        others: &[],
        input: "abc.zisk",
    },
    // A member of a workspace, as `cargo prove new` makes it: the lock file is the workspace's.
    Template {
        zkvm: "sp1",
        package: "program",
        lock: "Cargo.lock",
        others: &[("Cargo.toml", "[workspace]\nmembers = [\"program\"]\nresolver = \"2\"\n")],
        input: "abc.raw",
    },
    Template {
        zkvm: "risc0",
        package: "methods/guest",
        lock: "methods/guest/Cargo.lock",
        others: &[(
            "methods/Cargo.toml",
            "[package]\nname = \"methods\"\nversion = \"0.1.0\"\n[package.metadata.risc0]\nmethods = [\"guest\"]\n",
        )],
        input: "abc.raw",
    },
];

/// From source to verdict, one template project a zkVM. Minutes: `cargo xtask full` runs it.
#[test]
fn template_projects_from_source_to_verdict() {
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: builds guests; ZKPERF_LONG=1 runs it");
        return;
    }
    for template in TEMPLATES {
        from_source_to_verdict(&template);
    }
}

fn from_source_to_verdict(template: &Template) {
    let repository = repository("");
    let root = repository.path();
    std::fs::remove_file(root.join("zkperf.toml")).expect("removed");
    let source = support::repository().join(format!("guests/hello-{}", template.zkvm));
    let package = root.join(template.package);
    std::fs::create_dir_all(package.join("src")).expect("folders");
    let manifest = std::fs::read_to_string(source.join("Cargo.toml")).expect("there");
    let member = template.lock == "Cargo.lock";
    let manifest = if member {
        manifest.replace("[workspace]\n", "")
    } else {
        manifest
    };
    std::fs::write(package.join("Cargo.toml"), manifest).expect("written");
    let main = package.join("src/main.rs");
    std::fs::copy(source.join("src/main.rs"), &main).expect("copied");
    std::fs::copy(source.join("Cargo.lock"), root.join(template.lock)).expect("copied");
    for (path, content) in template.others {
        std::fs::write(root.join(path), content).expect("written");
    }
    let laid = json(zkperf(root).args(["init", "--name", "template"]));
    let found = &laid["recognised"]["guests"][template.zkvm][0]["package"];
    assert_eq!(found, template.package, "{laid}");
    // All that is left to say is what it reads.
    let config = root.join("zkperf.toml");
    let text = std::fs::read_to_string(&config).expect("laid down");
    let line = format!("# input_file = \"inputs/{}.bin\"", template.zkvm);
    assert!(text.contains(&line), "{text}");
    std::fs::write(
        &config,
        text.replace(&line, &format!("input_file = \"{}\"", template.input)),
    )
    .expect("written");
    let profile = |title: &str| -> PathBuf {
        let document = json(zkperf(root).args(["bench", "--title", title]));
        root.join(document["runs"][0]["profile"].as_str().expect("a path"))
    };
    let base = profile("base");
    let data = json(zkperf(root).arg("to-json").arg(&base));
    assert!(
        is_the_sum(data["run"]["output_hex"].as_str().expect("text")),
        "{}",
        data["run"]
    );
    // The laid-down workflow builds it from source, too.
    let made = support::with_zkperf("make", root, root)
        .args(["-C", "scripts/zkvm-bench", "build"])
        .arg(format!("ZKVM={}", template.zkvm))
        .output();
    if let Ok(made) = made {
        let stdout = text_of(&made.stdout);
        assert!(
            made.status.success() && stdout.contains("zkperf-guests"),
            "{stdout}{}",
            text_of(&made.stderr)
        );
    }
    // A change that costs something: the sum is made twice.
    let code = std::fs::read_to_string(&main).expect("there");
    let dearer = code.replacen(
        "fn main() {",
        "fn main() {\n    for i in 0..1000u32 { core::hint::black_box(i); }\n",
        1,
    );
    assert_ne!(code, dearer);
    std::fs::write(&main, dearer).expect("written");
    let head = profile("head");
    let compared = json(zkperf(root).arg("compare").arg(&base).arg(&head));
    let text = compared.to_string();
    assert!(!text.contains("\"identical\":true"), "{text}");
    let total = |path: &Path| {
        let data = json(zkperf(root).arg("to-json").arg(path));
        let measures = data["measures"].as_array().expect("a list").clone();
        let cost = measures
            .iter()
            .find(|measure| measure["proving_cost"] == true)
            .expect("one");
        cost["total"].as_u64().expect("a number")
    };
    assert!(total(&head) > total(&base), "the change is not seen");
}
