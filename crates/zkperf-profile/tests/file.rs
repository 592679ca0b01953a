//! The `.zkp` file: what goes in comes out, and nothing else is taken for a profile.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use arbitrary::profiles;
use proptest::prelude::*;
use zkperf_profile::{example, FileError, FormatError, Profile, FORMAT_VERSION, MAX_DECOMPRESSED};

fn small() -> Profile {
    Profile::new(example::small()).unwrap()
}

proptest! {
    #[test]
    fn every_profile_comes_back_from_bytes(data in profiles()) {
        let profile = Profile::new(data).unwrap();
        let bytes = profile.to_bytes().unwrap();
        prop_assert_eq!(&bytes, &profile.to_bytes().unwrap(), "the same bytes each time");
        prop_assert_eq!(Profile::from_bytes(&bytes).unwrap(), profile);
    }

    #[test]
    fn damaged_bytes_are_an_error_or_the_same_profile(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let profile = small();
        let mut bytes = profile.to_bytes().unwrap();
        for (at, with) in changes {
            let at = at.index(bytes.len());
            bytes[at] ^= with;
        }
        // zstd has a few bits without a meaning; the checksum sees to all others.
        if let Ok(read) = Profile::from_bytes(&bytes) {
            prop_assert_eq!(read, profile);
        }
    }

    /// Beneath the checksum: what the decoder makes of bytes that zstd has no complaint about.
    #[test]
    fn no_payload_is_too_strange(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        cut in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let bytes = small().to_bytes().unwrap();
        let mut plain = zstd::decode_all(&bytes[28..]).unwrap();
        for (at, with) in changes {
            let at = at.index(plain.len());
            plain[at] = with;
        }
        if !whole {
            plain.truncate(cut.index(plain.len()));
        }
        let file = framed(&plain, plain.len() as u64);
        if let Ok(read) = Profile::from_bytes(&file) {
            // Whatever was changed, what comes out adds up.
            prop_assert!(Profile::new(read.into_data()).is_ok());
        }
    }
}

/// A file of the right form around any payload.
fn framed(plain: &[u8], stated: u64) -> Vec<u8> {
    let frame = zstd::encode_all(plain, 1).unwrap();
    let mut file = small().to_bytes().unwrap()[..12].to_vec();
    file.extend_from_slice(&stated.to_le_bytes());
    file.extend_from_slice(&(frame.len() as u64).to_le_bytes());
    file.extend_from_slice(&frame);
    file
}

fn error(bytes: &[u8]) -> FormatError {
    Profile::from_bytes(bytes).unwrap_err()
}

#[test]
fn every_truncation_is_called_so() {
    let bytes = small().to_bytes().unwrap();
    assert_eq!(error(b""), FormatError::NotAProfile);
    for length in 1..bytes.len() {
        let found = length as u64;
        match error(&bytes[..length]) {
            FormatError::Truncated { expected, found: f } => {
                assert_eq!(f, found);
                assert!(expected == if length < 28 { 28 } else { bytes.len() as u64 });
            }
            other => panic!("cut at {length}: {other:?}"),
        }
    }
}

#[test]
fn each_kind_of_damage_has_its_name() {
    let good = small().to_bytes().unwrap();
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        error(&bytes)
    };
    assert_eq!(
        error(b"\x7fELF and so on, long enough for a head"),
        FormatError::NotAProfile
    );
    assert_eq!(changed(&|b| b[0] = b'Z'), FormatError::NotAProfile);
    let newer = FormatError::Newer {
        found: FORMAT_VERSION + 1,
        supported: FORMAT_VERSION,
    };
    assert_eq!(changed(&|b| b[8] = FORMAT_VERSION as u8 + 1), newer);
    assert!(matches!(
        changed(&|b| b[8] = 0),
        FormatError::Corrupt { .. }
    ));
    assert_eq!(
        changed(&|b| b.extend([0, 1, 2])),
        FormatError::Trailing { extra: 3 }
    );
    assert!(matches!(
        changed(&|b| *b.last_mut().unwrap() ^= 1),
        FormatError::Corrupt { .. }
    ));
    assert!(matches!(
        changed(&|b| b[12] ^= 1),
        FormatError::Corrupt { .. }
    ));

    let mut data = example::small();
    data.measures[0].total += 1;
    let plain = zstd::decode_all(&good[28..]).unwrap();
    let wrong = plain.iter().position(|&b| b == b'z').unwrap();
    let mut renamed = plain.clone();
    renamed[wrong] = b'y';
    assert_eq!(
        Profile::from_bytes(&framed(&renamed, plain.len() as u64))
            .unwrap()
            .run
            .zkvm,
        "yisk"
    );
    let mut longer = plain.clone();
    longer.push(0);
    let error = error(&framed(&longer, longer.len() as u64));
    assert!(matches!(error, FormatError::Corrupt { .. }), "{error}");
}

#[test]
fn a_bomb_does_not_go_off() {
    // 1 GiB of zeros in 32 kB, honest about its size and lying about it.
    let zeros = std::io::Read::take(std::io::repeat(0), 1 << 30);
    let frame = zstd::encode_all(zeros, 1).unwrap();
    for stated in [1u64 << 30, 100] {
        let mut file = framed(&[], stated)[..20].to_vec();
        file.extend_from_slice(&(frame.len() as u64).to_le_bytes());
        file.extend_from_slice(&frame);
        match error(&file) {
            FormatError::TooLarge { bytes, limit } => {
                assert_eq!((bytes, limit), (stated, MAX_DECOMPRESSED));
            }
            FormatError::Corrupt { .. } => assert_eq!(stated, 100),
            other => panic!("{other:?}"),
        }
    }
    // A payload of zeros is not a profile either, and asks for no room.
    assert!(matches!(
        error(&framed(&[0; 1 << 20], 1 << 20)),
        FormatError::Corrupt { .. }
    ));
}

/// Zeros cost next to nothing in the file: their number must not decide how much memory is asked for.
#[test]
fn columns_of_zeros_are_no_bomb() {
    let bytes = small().to_bytes().unwrap();
    let plain = zstd::decode_all(&bytes[28..]).unwrap();
    // The lengths of head and nodes take two bytes each; then come the number of nodes, the nodes.
    let head = usize::from(plain[0] & 0x7f) | usize::from(plain[1]) << 7;
    let nodes = 2 + head + 2;
    assert_eq!(plain[nodes], 10, "the example has ten nodes");
    let varint = |mut value: u64| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let with_rows = |rows: u64, padding: usize| {
        let mut section = varint(rows);
        section.resize(section.len() + padding, 0);
        let mut bomb = plain[..nodes - 2].to_vec();
        bomb.extend(varint(section.len() as u64));
        bomb.extend(section);
        // As many pcs, and as little behind it.
        bomb.extend(varint(rows));
        bomb.resize(bomb.len() + padding, 0);
        error(&framed(&bomb, bomb.len() as u64))
    };
    for rows in [11, 1 << 40, u64::MAX] {
        assert!(
            matches!(with_rows(rows, 10), FormatError::Corrupt { .. }),
            "{rows}"
        );
    }
    let many = 32 << 20;
    assert!(matches!(
        with_rows(many, many as usize),
        FormatError::TooLarge { .. }
    ));
}

#[test]
fn saving_is_whole_and_errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zkp");
    let profile = small();
    profile.save(&path).unwrap();
    profile.save(&path).unwrap();
    assert_eq!(Profile::load(&path).unwrap(), profile);
    let names: Vec<_> = folder
        .path()
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.zkp"], "no temporary file stays");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o600, 0o600);
        let plain = folder.path().join("plain");
        std::fs::write(&plain, b"").unwrap();
        assert_eq!(
            mode,
            plain.metadata().unwrap().permissions().mode(),
            "as any new file"
        );
    }

    let nowhere = folder.path().join("no/such/folder/b.zkp");
    assert!(
        matches!(profile.save(&nowhere), Err(FileError::Write { path, .. }) if path == nowhere)
    );
    assert!(
        matches!(Profile::load(&nowhere), Err(FileError::Read { path, .. }) if path == nowhere)
    );
    assert!(matches!(
        Profile::load(folder.path()),
        Err(FileError::Read { .. })
    ));
    let broken = folder.path().join("broken.zkp");
    std::fs::write(&broken, &profile.to_bytes().unwrap()[..100]).unwrap();
    let message = Profile::load(&broken).unwrap_err().to_string();
    assert!(
        message.contains("broken.zkp: cut short: 100 of "),
        "{message}"
    );
    assert!(message.contains("make the profile again"), "{message}");
}
