//! The guest's memory: the official `Mem`, with the common accesses done on its RAM directly.
//!
//! Precompiles run on the official `InstContext`, so its memory is the only copy. Loads and stores
//! to RAM bypass its section search; everything unusual still asks it, so that unmapped addresses
//! and reads past the input behave as ziskemu's do.

use crate::cost::Zone;
use crate::image::InitialData;
use crate::loader::quietly;
use crate::official::{
    prepare, DataSection, DataSection64, InstContext, INPUT_ADDR, MAX_INPUT_BYTES, RAM_ADDR,
    RAM_SIZE, STACK_GUARD_ADDR, STACK_SIZE,
};
use zkperf_exec::{ExecError, GuestMemory};

#[derive(Debug, Clone, Copy)]
struct ReadSection {
    start: u64,
    end: u64,
    bytes: *const u8,
}

/// Memory and context of one run.
pub(crate) struct Memory {
    pub(crate) ctx: Box<InstContext>,
    ram: *mut u8,
    sections: Vec<ReadSection>,
}

impl Memory {
    /// Memory as it stands before the first step (`Emu::create_emu_context`, ziskemu 1.4.0-alpha).
    ///
    /// # Errors
    /// [`ExecError::Input`] for an input that ziskemu refuses.
    pub(crate) fn new(data: &InitialData, input: &[u8]) -> Result<Self, ExecError> {
        if !input.len().is_multiple_of(8) {
            return Err(ExecError::Input(format!(
                "its {} bytes are not a multiple of 8; a ZisK input file holds records of a u64 \
                 little-endian length, the data and zero padding to 8 (`zkperf input` writes it so)",
                input.len()
            )));
        }
        if input.len() as u64 > MAX_INPUT_BYTES {
            return Err(ExecError::Input(format!(
                "its {} bytes are more than the {MAX_INPUT_BYTES} that fit ZisK's input region",
                input.len()
            )));
        }
        let mut ctx = Box::new(InstContext::default());
        prepare(&mut ctx, input.len() as u64);
        let mem = &mut ctx.mem;
        mem.add_read_section(INPUT_ADDR, &0u64.to_le_bytes());
        mem.add_read_section(INPUT_ADDR + 8, input);
        mem.add_write_section(RAM_ADDR, RAM_SIZE);
        for section in &data.read_only {
            mem.add_read_section(section.addr, &bytes_of(section));
        }
        for section in &data.writable {
            let data = bytes_of(section);
            mem.init_write_section_data(&DataSection {
                addr: section.addr,
                data,
            });
        }
        mem.read_sections.sort_by_key(|section| section.start);
        let sections = mem.read_sections.iter().map(|section| ReadSection {
            start: section.start,
            end: section.end,
            bytes: section.buffer.as_ptr(),
        });
        let sections = sections.collect();
        let ram = mem.write_section.buffer.as_mut_ptr();
        Ok(Self { ctx, ram, sections })
    }

    /// Reads `WIDTH` bytes, zero-extended, and says in which zone they lie.
    ///
    /// # Errors
    /// The cause of the fault, where nothing is mapped.
    #[inline(always)]
    pub(crate) fn read<const WIDTH: usize>(&mut self, address: u64) -> Result<(u64, Zone), String> {
        let offset = address.wrapping_sub(RAM_ADDR);
        if offset <= RAM_SIZE - WIDTH as u64 {
            let zone = if offset < STACK_SIZE {
                Zone::Stack
            } else {
                Zone::Ram
            };
            // SAFETY: `ram` points to the RAM_SIZE bytes of the write section, which is never
            // reallocated, and offset + WIDTH <= RAM_SIZE.
            return Ok((
                unsafe { load::<WIDTH>(self.ram.add(offset as usize)) },
                zone,
            ));
        }
        self.read_elsewhere::<WIDTH>(address)
    }

    #[inline(never)]
    fn read_elsewhere<const WIDTH: usize>(&mut self, address: u64) -> Result<(u64, Zone), String> {
        // The first word of the input region is a register of the machine: fcall results.
        if address == INPUT_ADDR && WIDTH == 8 {
            return Ok((self.ctx.mem.free_input, Zone::Input));
        }
        let width = WIDTH as u64;
        for section in &self.sections {
            if address >= section.start && address.saturating_add(width) <= section.end {
                let zone = Zone::of(address).ok_or_else(|| unmapped("read", address, width))?;
                // SAFETY: the section's buffer holds end - start bytes, lives as long as `ctx`,
                // and is not changed while a program runs.
                let value =
                    unsafe { load::<WIDTH>(section.bytes.add((address - section.start) as usize)) };
                return Ok((value, zone));
            }
        }
        self.read_official(address, width)
    }

    #[cold]
    fn read_official(&mut self, address: u64, width: u64) -> Result<(u64, Zone), String> {
        let zone = Zone::of(address).ok_or_else(|| unmapped("read", address, width))?;
        let value = quietly(|| self.ctx.mem.read(address, width))
            .map_err(|_| unmapped("read", address, width))?;
        Ok((value, zone))
    }

    /// Writes the low `WIDTH` bytes of a value.
    ///
    /// # Errors
    /// The cause of the fault, outside RAM.
    #[inline(always)]
    pub(crate) fn write<const WIDTH: usize>(
        &mut self,
        address: u64,
        value: u64,
    ) -> Result<Zone, String> {
        let offset = address.wrapping_sub(RAM_ADDR);
        if offset <= RAM_SIZE - WIDTH as u64 {
            // SAFETY: as in `read`.
            unsafe { store::<WIDTH>(self.ram.add(offset as usize), value) };
            return Ok(if offset < STACK_SIZE {
                Zone::Stack
            } else {
                Zone::Ram
            });
        }
        Err(unmapped("write", address, WIDTH as u64))
    }

    /// Reads a width known only at run time.
    pub(crate) fn read_width(&mut self, address: u64, width: u8) -> Result<(u64, Zone), String> {
        match width {
            1 => self.read::<1>(address),
            2 => self.read::<2>(address),
            4 => self.read::<4>(address),
            _ => self.read::<8>(address),
        }
    }

    /// Writes a width known only at run time.
    pub(crate) fn write_width(
        &mut self,
        address: u64,
        value: u64,
        width: u8,
    ) -> Result<Zone, String> {
        match width {
            1 => self.write::<1>(address, value),
            2 => self.write::<2>(address, value),
            4 => self.write::<4>(address, value),
            _ => self.write::<8>(address, value),
        }
    }

    /// A word of RAM, or 0 where there is none; for figures read after the run.
    pub(crate) fn ram_word(&self, address: u64) -> u64 {
        let offset = address.wrapping_sub(RAM_ADDR);
        if offset > RAM_SIZE - 8 {
            return 0;
        }
        // SAFETY: as in `read`.
        unsafe { load::<8>(self.ram.add(offset as usize)) }
    }

    /// Bytes of RAM in pages the run has touched, plus its input and read-only data.
    pub(crate) fn touched_bytes(&self) -> u64 {
        let fixed: u64 = self
            .sections
            .iter()
            .map(|section| section.end - section.start)
            .sum();
        fixed + self.resident_ram_bytes()
    }

    #[cfg(target_os = "linux")]
    fn resident_ram_bytes(&self) -> u64 {
        const PAGE: usize = 4096;
        let start = (self.ram as usize).next_multiple_of(PAGE);
        let bytes = RAM_SIZE as usize - (start - self.ram as usize);
        let mut resident = vec![0u8; bytes / PAGE];
        // SAFETY: the range lies inside the RAM buffer, starts on a page, and `resident` has a byte
        // for each of its pages.
        let failed = unsafe {
            libc::mincore(
                start as *mut libc::c_void,
                resident.len() * PAGE,
                resident.as_mut_ptr(),
            )
        };
        if failed != 0 {
            return 0;
        }
        resident.iter().filter(|page| **page & 1 == 1).count() as u64 * PAGE as u64
    }

    #[cfg(not(target_os = "linux"))]
    fn resident_ram_bytes(&self) -> u64 {
        0
    }
}

impl GuestMemory for Memory {
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool {
        let count = bytes.len() as u64;
        let offset = address.wrapping_sub(RAM_ADDR);
        let from = if offset <= RAM_SIZE - count {
            // SAFETY: as in `read`.
            unsafe { self.ram.add(offset as usize).cast_const() }
        } else {
            let holds = |section: &&ReadSection| {
                address >= section.start && address.saturating_add(count) <= section.end
            };
            let Some(section) = self.sections.iter().find(holds) else {
                return false;
            };
            // SAFETY: as in `read_elsewhere`.
            unsafe { section.bytes.add((address - section.start) as usize) }
        };
        // SAFETY: `count` bytes from there are inside RAM or the section; `bytes` is the host's.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len()) };
        true
    }
}

fn unmapped(what: &str, address: u64, width: u64) -> String {
    let near = match address {
        0..=0xfff => " (a null pointer?)",
        address if (STACK_GUARD_ADDR..RAM_ADDR).contains(&address) => {
            " (below the stack: stack overflow)"
        }
        _ => "",
    };
    format!("{what} of {width} bytes at 0x{address:x}, where no such memory is mapped{near}")
}

fn bytes_of(section: &DataSection64) -> Vec<u8> {
    section
        .data
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

/// # Safety
/// `from` must be readable for `WIDTH` bytes.
#[inline(always)]
unsafe fn load<const WIDTH: usize>(from: *const u8) -> u64 {
    // SAFETY: the caller's promise; unaligned reads of plain integers.
    unsafe {
        match WIDTH {
            1 => u64::from(*from),
            2 => u64::from(u16::from_le(from.cast::<u16>().read_unaligned())),
            4 => u64::from(u32::from_le(from.cast::<u32>().read_unaligned())),
            _ => u64::from_le(from.cast::<u64>().read_unaligned()),
        }
    }
}

/// # Safety
/// `to` must be writable for `WIDTH` bytes.
#[inline(always)]
unsafe fn store<const WIDTH: usize>(to: *mut u8, value: u64) {
    // SAFETY: the caller's promise; unaligned writes of plain integers.
    unsafe {
        match WIDTH {
            1 => *to = value as u8,
            2 => to.cast::<u16>().write_unaligned((value as u16).to_le()),
            4 => to.cast::<u32>().write_unaligned((value as u32).to_le()),
            _ => to.cast::<u64>().write_unaligned(value.to_le()),
        }
    }
}
