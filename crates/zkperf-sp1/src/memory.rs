//! The guest's memory: one lazily filled mapping over the whole address space, so that an access is
//! one comparison and one move.

use crate::elf::Image;
use zkperf_exec::{ExecError, GuestMemory};

/// Bytes a guest can address: what the official native executor maps (`MAX_JIT_LOG_ADDR`,
/// `sp1-primitives` 6.10.0).
pub(crate) const ADDRESS_SPACE: u64 = 1 << 40;

/// Reserved address space, zero until written.
pub(crate) struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// Reserves `bytes`.
    ///
    /// # Errors
    /// If the system does not give that much address space.
    pub(crate) fn new(bytes: u64) -> Result<Self, ExecError> {
        let bytes = usize::try_from(bytes)
            .map_err(|_| ExecError::Internal("SP1 needs a 64-bit host".into()))?;
        // SAFETY: a fresh anonymous mapping; nothing else refers to it.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(ExecError::Internal(format!(
                "cannot reserve {bytes} bytes of address space: {} (is `ulimit -v` or \
                 vm.overcommit_memory=2 set?)",
                std::io::Error::last_os_error()
            )));
        }
        Ok(Self {
            start: start.cast(),
            bytes,
        })
    }

    /// First byte.
    pub(crate) fn start(&self) -> *mut u8 {
        self.start
    }

    /// Bytes that take up memory; 0 where the system does not say.
    fn resident_bytes(&self) -> u64 {
        let Ok(maps) = std::fs::read_to_string("/proc/self/smaps") else {
            return 0;
        };
        let (start, end) = (self.start as u64, self.start as u64 + self.bytes as u64);
        let mut inside = false;
        let mut kilobytes = 0;
        for line in maps.lines() {
            if let Some(rest) = line.strip_prefix("Rss:") {
                let size = rest.trim().trim_end_matches(" kB").parse::<u64>();
                kilobytes += if inside { size.unwrap_or(0) } else { 0 };
                continue;
            }
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'));
            let bounds = range.and_then(|(from, to)| {
                let parse = |text| u64::from_str_radix(text, 16).ok();
                Some((parse(from)?, parse(to)?))
            });
            if let Some((from, to)) = bounds {
                inside = from < end && to > start;
            }
        }
        kilobytes * 1024
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and nobody uses it any more.
        unsafe {
            libc::munmap(self.start.cast(), self.bytes);
        }
    }
}

/// Memory of one run.
pub(crate) struct Memory {
    mapping: Mapping,
    base: *mut u8,
}

/// Whether an access of `WIDTH` bytes is aligned and within the address space, in one test: misaligned
/// bits are rotated to the top, where those of addresses outside are.
#[inline(always)]
pub(crate) fn is_fine<const WIDTH: u32>(address: u64) -> bool {
    let shift = WIDTH.trailing_zeros();
    address.rotate_right(shift) >> (ADDRESS_SPACE.trailing_zeros() - shift) == 0
}

/// [`is_fine`] for a width that is not known before.
pub(crate) fn fits(address: u64, width: u64) -> bool {
    address.is_multiple_of(width) && address < ADDRESS_SPACE
}

impl Memory {
    /// Memory as it stands before the first instruction.
    ///
    /// # Errors
    /// As [`Mapping::new`].
    pub(crate) fn new(image: &Image) -> Result<Self, ExecError> {
        let mapping = Mapping::new(ADDRESS_SPACE)?;
        let memory = Self {
            base: mapping.start(),
            mapping,
        };
        for (address, bytes) in &image.data {
            // SAFETY: the loader keeps segments inside the address space.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    bytes.as_ptr(),
                    memory.base.add(*address as usize),
                    bytes.len(),
                );
            }
        }
        Ok(memory)
    }

    /// The byte at address 0.
    #[inline(always)]
    pub(crate) fn base(&self) -> *mut u8 {
        self.base
    }

    /// The word at an address that [`is_fine`].
    #[inline(always)]
    pub(crate) fn word(&self, address: u64) -> u64 {
        debug_assert!(is_fine::<8>(address));
        // SAFETY: the caller checked the address.
        unsafe { self.base.add(address as usize).cast::<u64>().read() }
    }

    /// Writes the word at an address that [`is_fine`].
    #[inline(always)]
    pub(crate) fn set_word(&mut self, address: u64, value: u64) {
        debug_assert!(is_fine::<8>(address));
        // SAFETY: the caller checked the address.
        unsafe { self.base.add(address as usize).cast::<u64>().write(value) }
    }

    /// `count` words, if they are aligned and inside.
    pub(crate) fn words(&self, address: u64, count: usize) -> Option<Vec<u64>> {
        let last = address.checked_add(8 * (count.max(1) as u64 - 1))?;
        (is_fine::<8>(address) && is_fine::<8>(last)).then(|| {
            (0..count as u64)
                .map(|at| self.word(address + 8 * at))
                .collect()
        })
    }

    /// Bytes at any address, if they are inside.
    pub(crate) fn bytes(&self, address: u64, count: u64) -> Option<Vec<u8>> {
        let end = address.checked_add(count)?;
        if end > ADDRESS_SPACE {
            return None;
        }
        // SAFETY: inside the mapping, which nobody changes meanwhile.
        let bytes =
            unsafe { std::slice::from_raw_parts(self.base.add(address as usize), count as usize) };
        Some(bytes.to_vec())
    }

    /// Writes bytes; the caller has checked that they are inside.
    pub(crate) fn set_bytes(&mut self, address: u64, bytes: &[u8]) {
        debug_assert!(address + bytes.len() as u64 <= ADDRESS_SPACE);
        // SAFETY: inside the mapping.
        unsafe {
            std::ptr::copy_nonoverlapping(
                bytes.as_ptr(),
                self.base.add(address as usize),
                bytes.len(),
            );
        }
    }

    /// Bytes of guest memory that were touched.
    pub(crate) fn touched_bytes(&self) -> u64 {
        self.mapping.resident_bytes()
    }
}

impl GuestMemory for Memory {
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool {
        let end = address.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > ADDRESS_SPACE) {
            return false;
        }
        // SAFETY: inside the mapping, which nobody changes meanwhile.
        unsafe {
            let from = self.base.add(address as usize);
            std::ptr::copy_nonoverlapping(from.cast_const(), bytes.as_mut_ptr(), bytes.len());
        }
        true
    }
}
