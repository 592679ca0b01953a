//! A file of each format version, as it was first written.
//!
//! If `old_formats_still_read` fails, the model or the wire format changed: raise `FORMAT_VERSION`,
//! keep reading the old form, and add a file of the new one
//! (`ZKPERF_WRITE_GOLDEN=1 cargo test -p zkperf-profile --test golden`).

use std::path::Path;

use zkperf_profile::{example, Profile, FORMAT_VERSION};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn old_formats_still_read() {
    let newest = folder().join(format!("format-{FORMAT_VERSION}.hex"));
    if std::env::var_os("ZKPERF_WRITE_GOLDEN").is_some() && !newest.exists() {
        let profile = Profile::new(example::small()).unwrap();
        std::fs::write(&newest, hex::encode(profile.to_bytes().unwrap())).unwrap();
        std::fs::write(newest.with_extension("json"), profile.to_json()).unwrap();
    }
    for version in 1..=FORMAT_VERSION {
        let file = |ending| folder().join(format!("format-{version}.{ending}"));
        let text = std::fs::read_to_string(file("hex")).unwrap();
        let profile = Profile::from_bytes(&hex::decode(text.trim()).unwrap()).unwrap();
        // Kept as JSON too: a changed model could change the example with it.
        let kept = std::fs::read_to_string(file("json")).unwrap();
        assert_eq!(profile, Profile::from_json(&kept).unwrap());
        assert_eq!(profile.source.is_known(), version > 1);
    }
}
