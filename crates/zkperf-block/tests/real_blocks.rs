//! Real mainnet blocks: accepted, tampered with, from every client's form of answer.

mod support;

use ethrex_common::types::BlockHeader;
use ethrex_rlp::decode::RLPDecode;
use serde_json::{json, Value};
use support::{fetch, files_below, honest, real_block, real_block_path, request, Answer, FakeNode};
use zkperf_block::{
    inspect_input, BlockError, Framing, InputFileError, InputFormat, InputRequest, InputSource,
    Recorded, Store, WITNESS_SCHEMA,
};

const BLOCK: u64 = 24_628_607;

fn from_file(path: &std::path::Path, folder: &tempfile::TempDir) -> InputRequest {
    InputRequest::new(
        InputSource::Recorded(path.to_path_buf()),
        None,
        Store::at(folder.path().join("store")),
    )
}

#[test]
fn both_recorded_blocks_make_checked_inputs() {
    for (number, transactions) in [(BLOCK, 66), (25_229_957, 107)] {
        let Some(path) = real_block_path(number) else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut request = from_file(&path, &folder);
        request.commit = Some("1a2b3c4".to_string());
        request.output_dir = Some(folder.path().join("out"));
        let stored = fetch(&request).unwrap();
        assert_eq!(
            stored.path,
            folder
                .path()
                .join(format!("out/ethrex_mainnet_{number}_1a2b3c4_input.bin"))
        );
        assert_eq!(
            (stored.chain_id, stored.block, stored.transactions),
            (1, number, transactions)
        );
        assert_eq!(
            (stored.schema.as_str(), stored.from_store),
            (WITNESS_SCHEMA, false)
        );
        let info = inspect_input(&stored.path, Some(InputFormat::Zisk)).unwrap();
        assert_eq!(info.framing, Framing::LengthPrefixed);
        assert_eq!(
            (
                info.block,
                info.chain.as_str(),
                info.transactions,
                info.gas_used,
                info.block_hash,
                info.sha256,
                info.bytes
            ),
            (
                number,
                "mainnet",
                transactions,
                stored.gas_used,
                stored.block_hash,
                stored.sha256,
                stored.bytes
            )
        );
        println!(
            "block {number}: {} transactions, {} gas, {} bytes",
            transactions, stored.gas_used, stored.bytes
        );
    }
}

#[test]
fn formats_share_the_stored_object() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut request = from_file(&path, &folder);
    let zisk = fetch(&request).unwrap();
    assert!(zisk
        .path
        .ends_with(format!("files/zisk/ethrex_mainnet_{BLOCK}_nogit_input.bin")));
    request.format = InputFormat::Sp1;
    request.source = InputSource::StoreOnly;
    request.block = Some(BLOCK);
    let sp1 = fetch(&request).unwrap();
    assert!(sp1.from_store);
    assert_eq!((&sp1.object, &sp1.sha256), (&zisk.object, &zisk.object));
    assert_eq!(
        inspect_input(&sp1.path, None).unwrap().framing,
        Framing::Raw
    );
    let error = inspect_input(&sp1.path, Some(InputFormat::Zisk)).unwrap_err();
    assert_eq!(error.code(), "input-misframed");
    assert!(error.to_string().contains("--format zisk"), "{error}");
}

#[test]
fn every_clients_form_of_answer_gives_the_same_input() {
    let Some((path, recorded)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let expected = fetch(&from_file(&path, &folder)).unwrap().object;

    let witness = serde_json::to_value(&recorded.witness).unwrap();
    // geth: headers as objects, no keys
    let mut geth = witness.clone();
    let header = BlockHeader::decode(&recorded.witness.headers[0]).unwrap();
    geth["headers"] = json!([serde_json::to_value(&header).unwrap()]);
    geth["keys"] = Value::Null;
    // older reth: maps, and no headers at all
    let map = |list: &Value| -> Value {
        list.as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(i, item)| (format!("0x{i}"), item.clone()))
            .collect()
    };
    let reth = json!({"state": map(&witness["state"]), "codes": map(&witness["codes"])});
    let raw_header = json!(witness["headers"][0].clone());

    for (name, witness) in [
        ("reth", witness.clone()),
        ("geth", geth),
        ("old reth", reth),
    ] {
        let (recorded, raw_header) = (recorded.clone(), raw_header.clone());
        let node = FakeNode::start(move |call, _| match call.method.as_str() {
            "debug_executionWitness" => Answer::result(&witness),
            "debug_getRawHeader" if call.params[0] == json!(format!("{:#x}", BLOCK - 1)) => {
                Answer::result(&raw_header)
            }
            _ => honest(&recorded, call),
        });
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            fetch(&request(&node, BLOCK, &folder)).unwrap().object,
            expected,
            "{name}"
        );
        // mainnet's rules are the guest's own: no need to ask
        assert!(!node
            .methods()
            .iter()
            .any(|method| method == "debug_chainConfig"));
    }
    // ethrex behind a gateway, by hash; an old node's name and parameter for the block
    let node = FakeNode::start(move |call, _| match call.method.as_str() {
        "debug_executionWitness" => Answer::error(-32602, "invalid params"),
        "debug_executionWitnessByBlockHash" => {
            assert_eq!(call.params[0].as_str().map(str::len), Some(66));
            Answer::result(&witness)
        }
        "debug_getRawBlock" => Answer::no_method("debug_getRawBlock"),
        "debug_getBlockRlp" if call.params == json!([BLOCK]) => {
            Answer::result(&json!(hex::encode(&recorded.raw_block)))
        }
        "eth_chainId" => Answer::no_method("eth_chainId"),
        "net_version" => Answer::result(&json!("1")),
        _ => honest(&recorded, call),
    });
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        fetch(&request(&node, BLOCK, &folder)).unwrap().object,
        expected
    );
}

#[test]
fn tampered_witnesses_are_rejected_and_nothing_is_stored() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    type Tamper = fn(&mut Recorded);
    let tampers: [(&str, Tamper); 6] = [
        ("no parent's state root", |r| {
            r.witness.state.retain(|node| node.len() < 500)
        }),
        ("a trie node is missing", |r| {
            drop(r.witness.state.remove(7))
        }),
        ("a code is altered", |r| {
            r.witness
                .codes
                .iter_mut()
                .filter_map(|code| code.first_mut())
                .for_each(|byte| *byte ^= 1)
        }),
        ("no headers", |r| r.witness.headers.clear()),
        ("the gas limit of the parent is altered", |r| {
            let at = r.witness.headers[0].len() / 2;
            r.witness.headers[0][at] ^= 1;
        }),
        ("a transaction is altered", |r| {
            let at = r.raw_block.len() / 2;
            r.raw_block[at] ^= 1;
        }),
    ];
    for (what, tamper) in tampers {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tampered.json.zst");
        let mut tampered = recorded.clone();
        tamper(&mut tampered);
        tampered.save(&path).unwrap();
        let error = fetch(&from_file(&path, &folder)).unwrap_err();
        assert!(
            matches!(
                error,
                BlockError::WitnessMismatch { .. } | BlockError::BadAnswer { .. }
            ),
            "{what}: {error:?}"
        );
        assert!(error.to_string().contains("tampered.json.zst"), "{error}");
        assert_eq!(
            files_below(folder.path()),
            [path],
            "{what}: something was stored"
        );
    }
}

#[test]
fn the_store_hides_no_tampered_file() {
    let Some((path, mut recorded)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fetch(&from_file(&path, &folder)).unwrap();
    recorded.witness.codes.clear();
    let tampered = folder.path().join("tampered.json.zst");
    recorded.save(&tampered).unwrap();
    assert_eq!(
        fetch(&from_file(&tampered, &folder)).unwrap_err().code(),
        "witness-mismatch"
    );
}

#[test]
fn recordings_that_are_none() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let other = folder.path().join("other");
    for (bytes, part) in [
        (&whole[..whole.len() / 2], "truncated"),
        (&b""[..], "empty"),
        (&b"{\"chainId\": 1}"[..], "not a recorded block"),
        (&b"\x7fELF"[..], "not a recorded block"),
    ] {
        std::fs::write(&other, bytes).unwrap();
        let error = fetch(&from_file(&other, &folder)).unwrap_err();
        assert!(
            matches!(error, BlockError::BadRecording { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = fetch(&from_file(&folder.path().join("none"), &folder)).unwrap_err();
    assert!(
        matches!(error, BlockError::File { action: "read", .. }),
        "{error:?}"
    );
    let mut request = from_file(&path, &folder);
    request.block = Some(5);
    assert_eq!(fetch(&request).unwrap_err().code(), "wrong-block");
    request.block = Some(BLOCK);
    request.chain_id = Some(560_048);
    assert_eq!(fetch(&request).unwrap_err().code(), "wrong-chain");
}

#[test]
fn broken_input_files_are_told_apart() {
    let Some((path, _)) = real_block() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read(fetch(&from_file(&path, &folder)).unwrap().path).unwrap();
    let inspect = |bytes: &[u8]| {
        let path = folder.path().join("input.bin");
        std::fs::write(&path, bytes).unwrap();
        match inspect_input(&path, Some(InputFormat::Zisk)).unwrap_err() {
            BlockError::InputFile { cause, path: named } if named == path => cause,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(inspect(b""), InputFileError::Empty);
    assert_eq!(inspect(&[0; 64]), InputFileError::Empty);
    assert_eq!(
        inspect(b"hello, world, this is some file"),
        InputFileError::Foreign
    );
    for cut in [5, 12, 100, good.len() / 2, good.len() - 8] {
        assert!(
            matches!(inspect(&good[..cut]), InputFileError::Truncated { got, wanted } if got == cut as u64 && wanted > got),
            "{cut}"
        );
    }
    // the buffer itself ends early, though the frame is whole
    let inner = InputFormat::Zisk.frame(&good[8..good.len() / 2]);
    assert!(matches!(inspect(&inner), InputFileError::Truncated { .. }));
    assert!(matches!(
        inspect(&good[8..]),
        InputFileError::Misframed { .. }
    ));
    assert!(matches!(
        inspect(&[&good[..], &[0; 8]].concat()),
        InputFileError::Misframed { .. }
    ));
    let mut stale = good.clone();
    let at = stale.windows(6).position(|w| w == b"ethrex").unwrap();
    stale[at..at + 6].copy_from_slice(b"oldrex");
    let InputFileError::StaleSchema { found } = inspect(&stale) else {
        panic!()
    };
    assert!(found.contains("oldrex"), "{found}");
    let mut damaged = good.clone();
    let block_at = 8 + 8 + 8 + WITNESS_SCHEMA.len().next_multiple_of(8) + 8 + 8;
    damaged[block_at..block_at + 8].fill(0xff);
    assert!(
        matches!(inspect(&damaged), InputFileError::Malformed(_)),
        "{:?}",
        inspect(&damaged)
    );
}
