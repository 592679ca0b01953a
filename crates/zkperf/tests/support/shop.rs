//! A repository for the lab, whose guests are small.

#![allow(dead_code)]

use crate::support::{self, output, text};
use std::path::PathBuf;
use std::process::{Command, Output};
use zkperf_testkit::inst::{S0, T0, ZERO};
use zkperf_testkit::{program, ZISK_1_4_0};

/// A repository with a guest in it, and a store of its own.
pub struct Shop {
    /// Holds the working tree.
    pub folder: tempfile::TempDir,
}

impl Shop {
    /// An empty repository.
    pub fn new() -> Shop {
        let shop = Shop {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(shop.root()).unwrap();
        shop.git(&["init", "--quiet", "--initial-branch=main"]);
        shop.git(&["config", "user.name", "Tester"]);
        shop.git(&["config", "user.email", "tester@example.org"]);
        shop
    }

    /// One whose ZisK guest is one of a few tiny ELFs, which `guest/which` names: what is tried is another name.
    pub fn with_tiny_guests() -> Shop {
        let shop = Shop::new();
        for (name, steps, checksum) in [
            ("dear", 300, 0),
            ("good", 200, 0),
            ("best", 100, 0),
            ("other", 10, 1),
        ] {
            shop.write(&format!("elves/{name}.elf"), &tiny(steps, checksum));
        }
        shop.write("guest/which", b"good\n");
        shop.write("input.bin", &[7; 64]);
        shop.write(
            "zkperf.toml",
            b"[guest.zisk]\nbuild = \"mkdir -p out && cp elves/$(cat guest/which).elf out/guest.elf\"\n\
              elf = \"out/guest.elf\"\ninput_file = \"input.bin\"\n\
              [lab]\nmay_change = [\"guest/**\"]\nprotected = [\"elves/**\", \"input.bin\"]\ncheck = \"test -s guest/which\"\n",
        );
        shop.write(".gitignore", b"/out/\n");
        shop.ok(&["lab", "init"]);
        shop.commit("first");
        shop
    }

    /// Its working tree.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).unwrap()
    }

    /// Runs git and demands success.
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.root())
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Another guest, committed.
    pub fn choose(&self, guest: &str) {
        self.write("guest/which", format!("{guest}\n").as_bytes());
        self.commit(guest);
    }

    /// The command, in the working tree.
    pub fn zkperf(&self, args: &[&str]) -> Command {
        let mut command = support::zkperf(self.folder.path());
        command
            .current_dir(self.root())
            .env_remove("RPC_URL")
            .args(args);
        command
    }

    /// Demands success.
    pub fn ok(&self, args: &[&str]) -> String {
        self.exits(args, 0).0
    }

    /// Demands an exit code; stdout and stderr.
    pub fn exits(&self, args: &[&str], code: i32) -> (String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = output(&mut self.zkperf(args));
        let (stdout, stderr) = (text(&stdout), text(&stderr));
        assert_eq!(status.code(), Some(code), "{args:?}\n{stdout}\n{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        (stdout, stderr)
    }

    /// One JSON document of this schema, and whatever exit code.
    pub fn json(&self, args: &[&str], schema: &str) -> serde_json::Value {
        let output = output(self.zkperf(args).arg("--json"));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
        assert_eq!(document["schema"], schema);
        document
    }
}

/// A ZisK guest of so many steps and a few more, whose output is a constant and this.
pub fn tiny(steps: usize, checksum: i64) -> Vec<u8> {
    let body = |a: &mut zkperf_testkit::Asm| {
        (0..steps).for_each(|_| a.addi(T0, ZERO, 1));
        a.addi(S0, S0, checksum);
    };
    program(ZISK_1_4_0, body, |_| {}).elf()
}
