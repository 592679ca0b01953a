//! What the lab measures is of the commit, and what it keeps of it holds no secret.

#[path = "support/shop.rs"]
mod shop;
mod support;

use shop::Shop;
use support::{output, text};

fn config(shop: &Shop, from: &str, to: &str) {
    let config = shop.read("zkperf.toml");
    assert!(config.contains(from), "{config}");
    shop.write("zkperf.toml", config.replace(from, to).as_bytes());
}

const BUILD: &str = "build = \"mkdir -p out && cp elves/$(cat guest/which).elf out/guest.elf\"\n";

#[test]
fn an_elf_that_git_does_not_track_is_not_measured() {
    let shop = Shop::with_tiny_guests();
    let good = std::fs::read(shop.root().join("elves/good.elf")).unwrap();
    shop.write("out/guest.elf", &good);
    config(&shop, BUILD, "");
    shop.commit("a prebuilt guest, ignored");
    let (_, said) = shop.exits(&["lab", "baseline"], 1);
    assert!(said.contains("git does not track"), "{said}");
    // One that is committed is of the commit.
    config(&shop, "out/guest.elf", "guest/guest.elf");
    shop.write("guest/guest.elf", &good);
    shop.commit("a prebuilt guest, committed");
    shop.ok(&["lab", "baseline"]);
}

#[test]
fn a_build_that_leaves_nothing_measures_nothing() {
    let shop = Shop::with_tiny_guests();
    shop.ok(&["lab", "baseline"]);
    config(&shop, BUILD, "build = \"true\"\n");
    shop.commit("a build that does nothing");
    let old = std::fs::read(shop.root().join("out/guest.elf")).unwrap();
    let (_, said) = shop.exits(&["lab", "baseline"], 1);
    assert!(
        said.contains("did not leave it") && said.contains("moved aside"),
        "{said}"
    );
    let now = std::fs::read(shop.root().join("out/guest.elf")).unwrap();
    assert_eq!(old, now, "it is back");
}

const NODE: &str = "https://alice:PASSW0RD@node.example/v3/KEY0123456";

#[test]
fn what_is_typed_holds_no_key() {
    let shop = Shop::with_tiny_guests();
    let exits = |args: &[&str], code: i32| {
        let output = output(shop.zkperf(args).env("RPC_URL", NODE));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}");
        assert!(
            !said.contains("KEY0123456") && !said.contains("PASSW0RD"),
            "{said}"
        );
    };
    exits(
        &["lab", "baseline", "--reason", &format!("asked {NODE}")],
        0,
    );
    exits(&["lab", "try", "ask node.example/v3/KEY0123456 less"], 0);
    exits(&["lab", "revert", "--reason", "PASSW0RD was wrong"], 0);
    exits(&["lab", "try", "fewer additions"], 0);
    shop.choose("best");
    exits(&["lab", "validate"], 1);
    exits(&["lab", "keep", "--acknowledge", "KEY0123456 says so"], 0);
    let all = shop.git(&["log", "--all", "-p", "--format=%s%n%b%n%D"]);
    assert!(!all.to_uppercase().contains("KEY0123456"), "{all}");
    assert!(
        !all.contains("PASSW0RD") && all.contains("$RPC_URL says so"),
        "{all}"
    );
}

/// The input says nothing of its block; what made it does.
#[test]
fn blocks_of_a_guest_with_an_input_command_are_known() {
    let shop = Shop::with_tiny_guests();
    let block = support::repository().join("fixtures/demo-block/demo-block.json.zst");
    config(
        &shop,
        "input_file = \"input.bin\"",
        "input = \"cp input.bin {out}\"",
    );
    let more = format!(
        "{}\n[bench]\nrecorded = [{block:?}]\n",
        shop.read("zkperf.toml")
    );
    shop.write("zkperf.toml", more.as_bytes());
    shop.commit("an input command");
    let did = shop.json(&["lab", "baseline"], "zkperf-lab-baseline/1");
    let subject = &did["row"]["event"]["figures"][0]["subject"];
    assert_eq!(
        (subject["block"].as_u64(), subject["chain_id"].as_u64()),
        (Some(6), Some(1337)),
        "{did}"
    );
}

/// Whoever stops the lab does not leave a build behind that nobody waits for.
#[cfg(unix)]
#[test]
fn what_it_started_is_stopped_with_it() {
    let shop = Shop::with_tiny_guests();
    let pid = shop.folder.path().join("pid");
    let waits = format!(
        "build = \"sleep 300 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait\"\n",
        pid.display()
    );
    config(&shop, BUILD, &waits);
    shop.commit("a build that takes long");
    let mut lab = shop.zkperf(&["lab", "baseline"]).spawn().unwrap();
    while !pid.exists() {
        assert!(lab.try_wait().unwrap().is_none(), "it waits for its build");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = std::fs::read_to_string(pid).unwrap();
    // One that nobody has asked for its end yet is as good as gone.
    let runs = || {
        let mut ps = std::process::Command::new("ps");
        let state = text(&output(ps.args(["-o", "stat=", "-p", pid.trim()])).stdout);
        !state.trim().is_empty() && !state.starts_with('Z')
    };
    assert!(runs());
    let mut kill = std::process::Command::new("kill");
    let killed = output(kill.args(["-INT", &lab.id().to_string()]));
    assert!(killed.status.success());
    assert!(!lab.wait().unwrap().success());
    for _ in 0..500 {
        if !runs() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it still runs");
}

#[test]
fn errors_are_documents_too() {
    let shop = Shop::with_tiny_guests();
    for (args, exit) in [
        (&["lab", "try", "anything"][..], 1),
        (&["run", "--elf", "nowhere.elf"], 1),
        (&["lab", "revert"], 2),
        (&["top", "."], 2),
    ] {
        let error = shop.json(args, "zkperf-error/1");
        assert_eq!(error["exit"], exit, "{error}");
        assert!(!error["error"].as_str().unwrap().is_empty(), "{error}");
    }
    let (_, said) = shop.exits(&["top", "."], 2);
    assert!(said.contains("there is no profile ."), "{said}");
}
