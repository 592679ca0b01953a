//! The official loader, called with its manners kept from our users: it prints to stdout, and it
//! panics on some programs.

use crate::image::Image;
use crate::official::{self, ZKVM};
use crate::versions;
use gag::Gag;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, Once};
use zkperf_exec::{check_elf, ElfHead, LoadError};

/// Builds the program image of a RISC-V ELF.
///
/// # Errors
/// [`LoadError`], also where official code panics.
pub(crate) fn load(elf: &[u8]) -> Result<Image, LoadError> {
    let head = check_header(elf)?;
    // Stdout is one for the whole process, so only one load may silence it at a time.
    static LOADING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = LOADING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let _silence = Gag::stdout().ok();
    let image = quietly(|| official::image(elf).map_err(|error| error.to_string()));
    match image {
        Ok(Ok(image)) => Ok(image),
        Ok(Err(reason)) | Err(reason) => Err(refusal(head, elf, reason)),
    }
}

/// Peak resident memory of this process so far, in bytes; 0 where the system does not say.
pub(crate) fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.map_or(0, |kib| kib * 1024)
}

/// What the ELF headers alone can tell, with a better message than the loader's.
fn check_header(elf: &[u8]) -> Result<ElfHead, LoadError> {
    let wrong = |reason: &str, owner| {
        let reason = reason.into();
        Err(LoadError::WrongTarget {
            zkvm: ZKVM,
            reason,
            owner,
        })
    };
    if elf.starts_with(b"R0BF") {
        return wrong("it is a RISC Zero program binary (R0BF)", Some("risc0"));
    }
    let head = check_elf(elf, ZKVM)?;
    if !head.is_64 {
        return wrong(
            "it is a 32-bit RISC-V ELF, as RISC Zero's guests are",
            Some("risc0"),
        );
    }
    if head.sections_end > elf.len() as u64 {
        return Err(LoadError::NotAnElf(format!(
            "its section headers, which ZisK's loader wants, reach to byte {}, and the file has {}: it was cut \
             short",
            head.sections_end,
            elf.len()
        )));
    }
    Ok(head)
}

/// The loader's refusal, with the likely owner of the ELF.
fn refusal(head: ElfHead, elf: &[u8], reason: String) -> LoadError {
    let entry = head.entry;
    let known = versions::other_owner(elf, entry, official::VERSION);
    let (place, owner) = match (known, entry) {
        (Some(known), _) => (
            format!(
                "its entry point is where guests for ZisK {} are linked",
                known.version
            ),
            known.name,
        ),
        (None, 0x7800_0000..=0x7fff_ffff) => (
            "its entry point is where SP1 guests are linked".to_owned(),
            "sp1",
        ),
        _ => return LoadError::Refused { zkvm: ZKVM, reason },
    };
    LoadError::WrongTarget {
        zkvm: ZKVM,
        reason: format!("{place} (0x{entry:x}); the loader said: {reason}"),
        owner: Some(owner),
    }
}

/// Runs official code that may panic and turns the panic into its message, printed nowhere.
pub(crate) fn quietly<T>(official: impl FnOnce() -> T) -> Result<T, String> {
    install_quiet_hook();
    QUIET.with(|quiet| quiet.set(quiet.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(official));
    QUIET.with(|quiet| quiet.set(quiet.get() - 1));
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        text.or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "it panicked without a message".to_owned())
    })
}

thread_local! {
    static QUIET: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Panics of official code under [`quietly`] are answers, not crashes: they print nothing.
fn install_quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if QUIET.with(std::cell::Cell::get) == 0 {
                earlier(info);
            }
        }));
    });
}
