//! The versions of ZisK that are known, compiled in or not, and how their guests are told apart.

use zkperf_exec::{check_elf, Recognized};

/// A version and where its memory map has the program.
pub(crate) struct Known {
    pub(crate) version: &'static str,
    /// As `--zkvm` takes it.
    pub(crate) name: &'static str,
    /// Where guests for it are linked (`ROM_ADDR` and `ROM_SIZE` of `zisk-core/src/mem.rs`).
    pub(crate) program: std::ops::Range<u64>,
}

/// Newest first, but of those with their program in one place first the one that guests are taken for
/// where nothing in them says which: what ethrex and ere link today.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        version: "1.4.0-alpha",
        name: "zisk@1.4.0-alpha",
        program: 0x9000_0000..0x9800_0000,
    },
    Known {
        version: "1.1.0-alpha",
        name: "zisk@1.1.0-alpha",
        program: 0x8000_0000..0x8800_0000,
    },
    Known {
        version: "1.2.0-alpha",
        name: "zisk@1.2.0-alpha",
        program: 0x8000_0000..0x8800_0000,
    },
];

/// The versions whose program region holds this entry point.
pub(crate) fn of_entry(entry: u64) -> impl Iterator<Item = &'static Known> {
    let holds = move |known: &&Known| known.program.contains(&entry);
    KNOWN.iter().filter(holds)
}

/// The version, other than `own`, that an ELF linked at `entry` is for: the one it names, or else the first
/// that has its program there, unless `own` has, too.
pub(crate) fn other_owner(elf: &[u8], entry: u64, own: &str) -> Option<&'static Known> {
    let named = named_version(elf);
    let by_name = of_entry(entry).find(|known| Some(known.version) == named.as_deref());
    let by_place = || {
        let is_ours = of_entry(entry).any(|known| known.version == own);
        of_entry(entry).next().filter(|_| !is_ours)
    };
    by_name
        .or_else(by_place)
        .filter(|known| known.version != own)
}

/// What an ELF is recognized as: by the version of `ziskos` that its debug information or panic
/// messages name, or else by where it is linked. Several versions have their program in one place.
pub(crate) fn recognize(elf: &[u8]) -> Option<Recognized> {
    let head = check_elf(elf, crate::official::ZKVM).ok()?;
    let mut there = of_entry(head.entry).filter(|_| head.is_64);
    let known = there.next()?;
    let place = format!("its entry point 0x{:x} lies", head.entry);
    if let Some(named) = named_version(elf) {
        let fits = match KNOWN.iter().any(|other| other.version == named) {
            true => String::new(),
            false => format!(
                " (among the versions known here, {} has its program there)",
                known.version
            ),
        };
        return Some(Recognized {
            reason: format!("source paths in it name ziskos-{named}, and {place} where ZisK has its program{fits}"),
            version: named,
        });
    }
    let others: Vec<&str> = there.map(|other| other.name).collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("; so have others (--zkvm {})", others.join(", ")),
    };
    Some(Recognized {
        version: known.version.into(),
        reason: format!(
            "a 64-bit RISC-V ELF; {place} where ZisK {} has its program, and nothing in it names a version of \
             ziskos{others}",
            known.version
        ),
    })
}

/// The version in the first path of ziskos, as cargo names its folder: `ziskos-1.4.0-alpha/src/`.
fn named_version(elf: &[u8]) -> Option<String> {
    const CRATE: &[u8] = b"/ziskos-";
    /// Longer than any version.
    const MOST: usize = 32;
    memchr::memmem::find_iter(elf, CRATE).find_map(|at| {
        let rest = &elf[at + CRATE.len()..];
        let rest = &rest[..rest.len().min(MOST)];
        let end = rest.iter().position(|byte| matches!(byte, b'/' | 0))?;
        let version = std::str::from_utf8(&rest[..end]).ok()?;
        let is_version = version.starts_with(|first: char| first.is_ascii_digit())
            && version.split('.').count() >= 3;
        is_version.then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_paths_of_ziskos_only() {
        let named = |text: &str| named_version(text.as_bytes());
        assert_eq!(
            named("x/registry/ziskos-1.3.2-alpha/src/io.rs").as_deref(),
            Some("1.3.2-alpha")
        );
        assert_eq!(
            named("/ziskos-macros/a /ziskos-1.4.0-alpha\0").as_deref(),
            Some("1.4.0-alpha")
        );
        for none in [
            "",
            "ziskos-1.4.0/",
            "/ziskos-",
            "/ziskos-1/",
            "/ziskos-9999999999999999999999999999999999.0.0/",
        ] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn a_refused_guest_is_for_the_version_it_names_or_that_has_its_place() {
        let owner = |elf: &str, entry, own| {
            other_owner(elf.as_bytes(), entry, own).map(|known| known.version)
        };
        let (old, new) = (0x8000_0000, 0x9000_0000);
        assert_eq!(owner("", old, "1.4.0-alpha"), Some("1.1.0-alpha"));
        assert_eq!(owner("", new, "1.1.0-alpha"), Some("1.4.0-alpha"));
        let named = "/ziskos-1.2.0-alpha/src/";
        assert_eq!(owner(named, old, "1.4.0-alpha"), Some("1.2.0-alpha"));
        assert_eq!(owner(named, old, "1.1.0-alpha"), Some("1.2.0-alpha"));
        for own in ["1.1.0-alpha", "1.2.0-alpha"] {
            assert_eq!(owner("", old, own), None);
        }
        assert_eq!(owner(named, old, "1.2.0-alpha"), None);
        assert_eq!(owner("", 0x1000, "1.4.0-alpha"), None);
    }

    #[test]
    fn a_place_tells_versions_apart_or_is_the_same() {
        let at = |entry| {
            of_entry(entry)
                .map(|known| known.version)
                .collect::<Vec<_>>()
        };
        assert_eq!(at(0x9000_0000), ["1.4.0-alpha"]);
        assert_eq!(at(0x87ff_fffc), ["1.1.0-alpha", "1.2.0-alpha"]);
        for known in KNOWN {
            assert!(at(known.program.start).contains(&known.version));
            assert!(at(known.program.end).is_empty());
        }
    }
}
