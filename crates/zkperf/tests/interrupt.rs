//! Ctrl-C and a disk that fills up: the run ends with one error, and what is left is whole.
#![cfg(unix)]

mod support;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{fail, text, zkperf};
use zkperf_profile::{Completeness, Profile};
use zkperf_testkit::inst::{A0, S0, T0};
use zkperf_testkit::{program, Asm, UART_ADDR, ZISK_1_4_0};

/// Prints `!` and a line end, so that the test knows it runs, then never returns from `turns_for_ever`.
fn endless(folder: &Path) -> PathBuf {
    let mut wheel = None;
    let elf = program(
        ZISK_1_4_0,
        |a: &mut Asm| {
            a.li(T0, UART_ADDR);
            a.li(A0, u64::from(b'!'));
            a.store("sb", A0, T0, 0);
            a.li(A0, u64::from(b'\n'));
            a.store("sb", A0, T0, 0);
            wheel = Some(a.label());
            a.call(wheel.unwrap());
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("turns_for_ever", wheel.unwrap());
        let top = a.label_here();
        a.addi(S0, S0, 1);
        a.j(top);
    })
    .elf();
    let path = folder.join("endless.elf");
    std::fs::write(&path, elf).unwrap();
    path
}

/// Starts `command`, sends the signal once the guest has printed, and gives exit code and stderr. `printed` chooses
/// the stream that guest output goes to.
fn interrupted(
    command: &mut Command,
    signal: &str,
    printed: impl FnOnce(&mut Child) -> Box<dyn Read>,
) -> (Option<i32>, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = printed(&mut child);
    let mut byte = [0];
    while byte != *b"!" {
        stream
            .read_exact(&mut byte)
            .expect("the guest prints before it turns");
    }
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh")
        .args(["-c", &kill])
        .status()
        .unwrap()
        .success());
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    let mut words = text(&rest);
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut words).unwrap();
    }
    (child.wait().unwrap().code(), words)
}

fn from_stderr(child: &mut Child) -> Box<dyn Read> {
    Box::new(child.stderr.take().unwrap())
}

fn from_stdout(child: &mut Child) -> Box<dyn Read> {
    Box::new(child.stdout.take().unwrap())
}

#[test]
fn an_interrupted_profile_is_partial_and_opens() {
    for signal in ["INT", "TERM"] {
        let home = tempfile::tempdir().unwrap();
        let elf = endless(home.path());
        let mut command = zkperf(home.path());
        command
            .args(["profile", "--zkvm", "zisk", "-o", "out/p.zkp", "--elf"])
            .arg(&elf);
        let (code, words) = interrupted(&mut command, signal, from_stderr);
        assert_eq!(code, Some(1), "{signal}: {words}");
        assert!(
            words.contains("error: guest stopped at pc 0x9")
                && words.contains("in turns_for_ever")
                && words.contains("cancelled")
                && words.contains("out/p.zkp"),
            "{words}"
        );
        let profile = Profile::load(home.path().join("out/p.zkp")).unwrap();
        let Completeness::Partial {
            reason,
            pc,
            function,
        } = &profile.data().completeness
        else {
            panic!("{:?}", profile.data().completeness);
        };
        assert!(reason.contains("cancelled"), "{reason}");
        assert!(pc.is_some_and(|pc| pc >= 0x9000_0000));
        assert_eq!(function, "turns_for_ever");
        let summary = support::succeed(zkperf(home.path()).args(["summary", "out/p.zkp"]));
        assert!(summary.to_lowercase().contains("partial"), "{summary}");
        let left = std::fs::read_dir(home.path().join("out")).unwrap().count();
        assert_eq!(left, 1, "only the profile");
    }
}

/// A guest that is read from a pipe is still being loaded as long as the pipe is open.
#[test]
fn an_interrupt_while_loading_is_an_error_with_words() {
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe.elf");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for command in ["profile", "run"] {
        let mut child = zkperf(home.path())
            .args([command, "--zkvm", "sp1", "--elf", "pipe.elf"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Opens once the other side reads.
        let open = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let kill = format!("kill -INT {}", child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
        let code = child.wait().unwrap().code();
        drop(open);
        let mut words = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut words).unwrap();
        assert_eq!(code, Some(1), "{words}");
        assert_eq!(words, "error: interrupted (loading pipe.elf)\n");
        assert!(!home.path().join("profiles").exists());
    }
}

#[test]
fn an_interrupted_run_writes_no_output() {
    let home = tempfile::tempdir().unwrap();
    let elf = endless(home.path());
    let mut command = zkperf(home.path());
    command
        .args(["run", "--zkvm", "zisk", "--output", "out.bin", "--elf"])
        .arg(&elf);
    let (code, words) = interrupted(&mut command, "INT", from_stdout);
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains("error: guest stopped at pc 0x9") && words.contains("in turns_for_ever"),
        "{words}"
    );
    assert!(!home.path().join("out.bin").exists());
}

/// Cargo, but for `build`, which waits for a child whose number it leaves in `pid`.
fn waiting_cargo(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let (script, pid) = (folder.join("cargo"), folder.join("pid"));
    let lines = format!(
        "#!/bin/sh\nif [ \"$1\" != build ]; then exec '{}' \"$@\"; fi\nsleep 300 & echo $! > '{1}.new'\nmv '{1}.new' '{1}'; wait\n",
        env!("CARGO"),
        pid.display()
    );
    std::fs::write(&script, lines).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// Whether a process runs. One that nobody has asked for its end yet is as good as gone.
fn runs(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output();
    let state = text(&state.unwrap().stdout);
    !state.trim().is_empty() && !state.starts_with('Z')
}

#[test]
fn a_stopped_build_leaves_no_compiler_behind() {
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: needs a compiler for guests; `cargo xtask full` runs it");
        return;
    }
    for signal in ["INT", "TERM"] {
        let home = tempfile::tempdir().unwrap();
        let cargo = waiting_cargo(home.path());
        let mut building = zkperf(home.path())
            .args(["build", "--zkvm", "zisk", "-o", "out", "--guest"])
            .arg(support::repository().join("guests/hello-zisk"))
            .env("CARGO", cargo)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = home.path().join("pid");
        while !pid.exists() {
            assert!(building.try_wait().unwrap().is_none(), "it waits for cargo");
            std::thread::sleep(Duration::from_millis(20));
        }
        let pid = std::fs::read_to_string(pid).unwrap();
        let pid = pid.trim();
        assert!(runs(pid));
        let mut kill = Command::new("kill");
        let killed = kill.args([&format!("-{signal}"), &building.id().to_string()]);
        assert!(killed.status().unwrap().success());
        let ended = building.wait_with_output().unwrap();
        let words = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{words}");
        assert!(words.contains("error: interrupted"), "{words}");
        let gone = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            !runs(pid)
        });
        assert!(gone, "after {signal} it still runs");
    }
}

/// A file may grow to `blocks` of 512 bytes only: the write fails half-way, as on a full disk. (SIGXFSZ must be
/// ignored, or it ends the process before it can say anything.)
fn with_small_files(command: &Command, blocks: u32) -> Command {
    let mut limited = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    limited
        .args(["-c", &script, "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.current_dir(command.get_current_dir().unwrap());
    limited
}

#[test]
fn a_disk_that_fills_up_leaves_the_old_file_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let mut command = zkperf(home.path());
    command.args(["demo", "--zkvm", "zisk", "-o", "out"]);
    std::fs::create_dir(home.path().join("out")).unwrap();
    std::fs::write(home.path().join("out/demo-zisk.zkp"), b"an older profile").unwrap();
    // The profile of the demo is larger than 16 KiB; the block it is made from goes to a temporary folder and is
    // larger still, so that comes first.
    let error = fail(&mut with_small_files(&command, 32));
    assert!(
        error.contains("cannot write") || error.contains("can't write"),
        "{error}"
    );
    assert_eq!(error.matches("error: ").count(), 1, "{error}");
    let left: Vec<_> = std::fs::read_dir(home.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["demo-zisk.zkp"]);
    let old = std::fs::read(home.path().join("out/demo-zisk.zkp")).unwrap();
    assert_eq!(old, b"an older profile");
}

/// Only the profile is too large here: the guest and its input are there already.
#[test]
fn a_profile_that_does_not_fit_is_named() {
    let home = tempfile::tempdir().unwrap();
    support::succeed(zkperf(home.path()).args([
        "demo",
        "--zkvm",
        "zisk",
        "-o",
        "demo",
        "--keep-inputs",
    ]));
    let mut command = zkperf(home.path());
    command.args(["profile", "--zkvm", "zisk", "-o", "out/p.zkp"]);
    command.args([
        "--elf",
        "demo/demo-zisk.elf",
        "--input",
        "demo/demo-zisk.bin",
    ]);
    let error = fail(&mut with_small_files(&command, 8));
    assert!(
        error.contains("out/p.zkp") && error.contains("free space"),
        "{error}"
    );
    assert_eq!(
        std::fs::read_dir(home.path().join("out")).unwrap().count(),
        0
    );
}
