//! The store: a second call needs no node, damage is found, writers don't disturb each other, a full disk is named.

mod support;

use std::path::Path;
use std::process::Command;
use support::{fetch, files_below, honest, real_block, request, skip, Answer, FakeNode};
use zkperf_block::{Endpoint, InputRequest, InputSource, Recorded, Store};

const BLOCK: u64 = 24_628_607;

fn node(recorded: Recorded) -> FakeNode {
    FakeNode::start(move |call, _| honest(&recorded, call))
}

#[test]
fn a_second_call_asks_nobody() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let node = node(recorded);
    let request = request(&node, BLOCK, &folder);
    let first = fetch(&request).unwrap();
    assert!(!first.from_store);
    let asked = node.calls().len();
    let second = fetch(&request).unwrap();
    assert!(second.from_store);
    assert_eq!(
        zkperf_block::StoredInput {
            from_store: false,
            ..second
        },
        first
    );

    // the same block from a dead node, the chain given
    let mut dead = request.clone();
    dead.source = InputSource::Node(Endpoint::parse("http://127.0.0.1:1/").unwrap());
    dead.chain_id = Some(1);
    dead.commit = Some("abc1234".to_string());
    let renamed = fetch(&dead).unwrap();
    assert!(
        renamed.from_store
            && renamed
                .path
                .ends_with("ethrex_mainnet_24628607_abc1234_input.bin")
    );
    // not given, it must ask, since it never saw that URL
    dead.chain_id = None;
    assert_eq!(fetch(&dead).unwrap_err().code(), "unreachable");
    // another chain is another key
    dead.chain_id = Some(560_048);
    assert_eq!(fetch(&dead).unwrap_err().code(), "unreachable");
    assert_eq!(node.calls().len(), asked, "the store was not used");

    // asked for, it fetches again
    let mut again = request;
    again.refetch = true;
    assert!(!fetch(&again).unwrap().from_store);
    assert!(node.calls().len() > asked);
}

#[test]
fn only_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store"));
    let mut request = InputRequest::new(InputSource::StoreOnly, None, store);
    assert_eq!(fetch(&request).unwrap_err().code(), "no-block-number");
    request.block = Some(5);
    let error = fetch(&request).unwrap_err();
    assert_eq!(error.code(), "not-stored");
    assert!(error.to_string().contains("mainnet"), "{error}");
    request.commit = Some("../x".to_string());
    assert_eq!(fetch(&request).unwrap_err().code(), "bad-commit");
}

#[test]
fn a_saved_fetch_is_a_recording() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let node = node(recorded.clone());
    let mut request = request(&node, BLOCK, &folder);
    let path = folder.path().join("saved.json.zst");
    request.save_recorded = Some(path.clone());
    let first = fetch(&request).unwrap();
    assert_eq!(first.recorded.as_ref(), Some(&path));
    assert_eq!(Recorded::read(&path).unwrap(), recorded);
    // also out of the store
    std::fs::remove_file(&path).unwrap();
    let again = fetch(&request).unwrap();
    assert!(again.from_store);
    assert_eq!(Recorded::read(&path).unwrap(), recorded);
    // and it makes the same input
    let other = tempfile::tempdir().unwrap();
    let replay = InputRequest::new(InputSource::Recorded(path), None, Store::at(other.path()));
    assert_eq!(fetch(&replay).unwrap().sha256, first.sha256);
}

#[test]
fn another_witness_schema_is_converted_offline() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let mut request = InputRequest::new(InputSource::Recorded(path), Some(BLOCK), store);
    let first = fetch(&request).unwrap();
    // as after an upgrade: only an index under the old schema's name is there
    let index = folder.path().join(format!("index/1/{BLOCK}"));
    let ours = files_below(&index)
        .into_iter()
        .find(|path| !path.ends_with("recorded.json"))
        .unwrap();
    std::fs::rename(&ours, index.join("zkperf_ethrex-1.0.0_1.json")).unwrap();
    request.source = InputSource::StoreOnly;
    let converted = fetch(&request).unwrap();
    assert!(converted.from_store);
    assert_eq!(converted.object, first.object);
    assert!(ours.is_file());
}

#[test]
fn damage_is_found_and_can_be_mended() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path());
    let mut request = InputRequest::new(
        InputSource::Recorded(path.clone()),
        Some(BLOCK),
        store.clone(),
    );
    let stored = fetch(&request).unwrap();
    request.source = InputSource::StoreOnly;
    let object = store.object_path(&stored.object);
    let good = std::fs::read(&object).unwrap();

    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    for bytes in [&bad[..], &good[..good.len() - 1], b""] {
        std::fs::write(&object, bytes).unwrap();
        let error = fetch(&request).unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error:?}");
        assert!(
            error.to_string().contains(&object.display().to_string()),
            "{error}"
        );
        assert!(error.to_string().contains("delete it"), "{error}");
    }
    // as told: deleted, it is made again, here from the stored recording
    std::fs::remove_file(&object).unwrap();
    assert_eq!(fetch(&request).unwrap().object, stored.object);
    assert_eq!(std::fs::read(&object).unwrap(), good);
    // or the source is asked again, which mends it too
    std::fs::write(&object, &bad).unwrap();
    request.source = InputSource::Recorded(path);
    fetch(&request).unwrap();
    assert_eq!(std::fs::read(&object).unwrap(), good);

    // an index that leads to another block, or nowhere sensible
    request.source = InputSource::StoreOnly;
    let index = files_below(&folder.path().join(format!("index/1/{BLOCK}")));
    let ours = index
        .iter()
        .find(|path| !path.ends_with("recorded.json"))
        .unwrap();
    let text = std::fs::read_to_string(ours).unwrap();
    for (from, to) in [
        ("\"block\": 24628607", "\"block\": 5"),
        (&stored.object[..], "../../../etc/passwd"),
        ("{", ""),
    ] {
        std::fs::write(ours, text.replace(from, to)).unwrap();
        assert_eq!(fetch(&request).unwrap_err().code(), "corrupt", "{to}");
    }
    std::fs::create_dir_all(folder.path().join("index/1/5")).unwrap();
    std::fs::write(
        folder
            .path()
            .join("index/1/5")
            .join(ours.file_name().unwrap()),
        &text,
    )
    .unwrap();
    request.block = Some(5);
    assert_eq!(fetch(&request).unwrap_err().code(), "corrupt");
}

/// Not a test of its own: what the two processes of the next test run.
#[test]
fn child_writer() {
    let Some(folder) = std::env::var_os("ZKPERF_TEST_CHILD") else {
        return;
    };
    let recording = std::env::var_os("ZKPERF_TEST_RECORDING").unwrap();
    for _ in 0..3 {
        let store = Store::at(Path::new(&folder));
        let mut request =
            InputRequest::new(InputSource::Recorded(recording.clone().into()), None, store);
        let written = fetch(&request).unwrap();
        request.source = InputSource::StoreOnly;
        request.block = Some(BLOCK);
        assert_eq!(fetch(&request).unwrap().sha256, written.sha256);
    }
}

#[test]
fn two_processes_write_the_same_key() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_writer"])
            .env("ZKPERF_TEST_CHILD", folder.path())
            .env("ZKPERF_TEST_RECORDING", &path)
            .spawn()
            .unwrap()
    };
    let mut children = [start(), start()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let left: Vec<_> = files_below(folder.path());
    assert!(
        left.iter()
            .all(|path| path.extension().is_none_or(|end| end != "tmp")),
        "{left:?}"
    );
    // input, recording, two index files, the framed file
    assert_eq!(left.len(), 5, "{left:?}");
}

#[test]
fn equal_files_of_two_commits_are_stored_once() {
    let recorded =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo-block/demo-block.json.zst");
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store"));
    let mut request = InputRequest::new(InputSource::Recorded(recorded), None, store);
    request.commit = Some("aaaa1111".into());
    let first = fetch(&request).unwrap();
    request.commit = Some("bbbb2222".into());
    let second = fetch(&request).unwrap();
    assert_ne!(first.path, second.path);
    assert_eq!(first.sha256, second.sha256);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let inode = |path: &Path| std::fs::metadata(path).unwrap().ino();
        assert_eq!(inode(&first.path), inode(&second.path));
    }
    // One name damaged is mended, and the other one's file is not taken for whole.
    std::fs::write(&first.path, b"damaged").unwrap();
    request.commit = Some("cccc3333".into());
    let third = fetch(&request).unwrap();
    let whole = std::fs::read(&third.path).unwrap();
    assert_eq!(whole.len() as u64, third.bytes);
    request.commit = Some("aaaa1111".into());
    fetch(&request).unwrap();
    assert_eq!(std::fs::read(&first.path).unwrap(), whole);
    // Where the user names a folder, the file is theirs alone.
    request.output_dir = Some(folder.path().join("out"));
    let theirs = fetch(&request).unwrap();
    request.commit = Some("bbbb2222".into());
    let other = fetch(&request).unwrap();
    std::fs::write(&theirs.path, b"edited").unwrap();
    assert_eq!(std::fs::read(&other.path).unwrap(), whole);
}

#[test]
fn a_store_that_takes_nothing_is_noticed_before_the_node_is_asked() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("store"), "a file, no folder").unwrap();
    let node = node(recorded);
    let error = fetch(&request(&node, BLOCK, &folder)).unwrap_err();
    assert_eq!(error.code(), "file", "{error:?}");
    let calls = node.calls();
    assert!(
        calls.iter().all(|call| call.method == "eth_chainId"),
        "{calls:?}"
    );
}

/// A file system of 1 MiB, unmounted at the end.
struct TinyDisk(tempfile::TempDir);

impl TinyDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path());
        mount.output().ok().filter(|out| out.status.success())?;
        Some(Self(folder))
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let Some(disk) = TinyDisk::mount() else {
        return skip("permission to mount a tmpfs");
    };
    // in the store
    let mut request = InputRequest::new(
        InputSource::Recorded(path),
        None,
        Store::at(disk.0.path().join("store")),
    );
    let error = fetch(&request).unwrap_err();
    assert_eq!(error.code(), "disk-full", "{error:?}");
    assert!(error.to_string().contains("no space left"), "{error}");
    assert_eq!(files_below(disk.0.path()), Vec::<std::path::PathBuf>::new());
    // where the file goes, and where the recording goes
    let folder = tempfile::tempdir().unwrap();
    request.store = Store::at(folder.path());
    request.output_dir = Some(disk.0.path().join("out"));
    assert_eq!(fetch(&request).unwrap_err().code(), "disk-full");
    request.output_dir = None;
    request.save_recorded = Some(disk.0.path().join("saved.json.zst"));
    assert_eq!(fetch(&request).unwrap_err().code(), "disk-full");
    assert_eq!(files_below(disk.0.path()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn an_unwritable_place_is_named() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "a file, no folder").unwrap();
    let request = InputRequest::new(InputSource::Recorded(path), None, Store::at(&taken));
    let error = fetch(&request).unwrap_err();
    assert_eq!(error.code(), "file", "{error:?}");
    assert!(error.to_string().contains("taken"), "{error}");
}

#[test]
fn another_chain_on_the_same_url() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    // a node that was on mainnet and now says it is on Hoodi: with the chain given, that is an error before any
    // answer is used
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::start(move |call, before| match (call.method.as_str(), before) {
        ("eth_chainId", 1..) => Answer::result(&serde_json::json!("0x88bb0")),
        _ => honest(&recorded, call),
    });
    let mut request = request(&node, BLOCK, &folder);
    fetch(&request).unwrap();
    request.refetch = true;
    request.chain_id = Some(1);
    assert_eq!(fetch(&request).unwrap_err().code(), "wrong-chain");
}
