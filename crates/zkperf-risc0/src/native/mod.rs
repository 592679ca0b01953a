//! Machine code for stretches of guest code that only compute, load and store.
//!
//! Most of a guest's time goes to long stretches without jumps, where finding out what to do next costs
//! more than doing it. On x86-64, a decoded page is therefore also translated. Translated code knows
//! nothing of cycles, profiles or control flow: it starts at any slot it has an entry for, does what the
//! step loop would do there, and returns the slot at which the step loop goes on: before a jump, a taken
//! branch, or an access that needs the careful step. Elsewhere, or where the system forbids code made at
//! run time, the step loop does everything.

#[cfg(target_arch = "x86_64")]
mod assembler;
#[cfg(target_arch = "x86_64")]
mod translate;

use crate::code::PAGE_SLOTS;
use crate::decode::Inst;
use crate::pager::AccessBits;

/// Translated code, entered at an instruction: takes the running mode's registers, the guest's memory and
/// the states of its pages.
#[cfg(target_arch = "x86_64")]
pub(crate) type Entry =
    unsafe extern "sysv64" fn(registers: *mut u32, memory: *mut u8, pages: *const u8) -> Exit;
/// Never made.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Entry =
    unsafe extern "C" fn(registers: *mut u32, memory: *mut u8, pages: *const u8) -> Exit;

/// Where the step loop goes on, and why: a slot times four, and a [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Exit(u32);

/// Why translated code returned at a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cause {
    /// What stands there is not translated.
    EndOfCode = 0,
    /// A branch that is taken.
    Taken = 1,
    /// An access that needs the careful step.
    Blocked = 2,
}

impl Exit {
    #[cfg(target_arch = "x86_64")]
    fn at(slot: usize, cause: Cause) -> Self {
        Self((slot as u32) << 2 | cause as u32)
    }

    /// The first slot that was not executed.
    #[inline(always)]
    pub(crate) fn slot(self) -> usize {
        (self.0 >> 2) as usize
    }

    #[inline(always)]
    pub(crate) fn cause(self) -> Cause {
        match self.0 & 3 {
            0 => Cause::EndOfCode,
            1 => Cause::Taken,
            _ => Cause::Blocked,
        }
    }
}

/// The translated code of a run.
#[derive(Debug, Default)]
pub(crate) struct Native {
    /// Where to enter each slot of the pages translated so far; empty if nothing can be translated.
    entries: Vec<Option<Entry>>,
    /// What `entries` point into: a mapping a page.
    #[cfg(target_arch = "x86_64")]
    code: Vec<memmap2::Mmap>,
}

impl Native {
    /// For code of so many slots.
    pub(crate) fn new(slots: usize) -> Self {
        let possible = cfg!(target_arch = "x86_64") && slots < 1 << 30;
        #[allow(clippy::needless_update)] // There is no other field elsewhere.
        Self {
            entries: vec![None; if possible { slots } else { 0 }],
            ..Self::default()
        }
    }

    /// Where to enter slots.
    pub(crate) fn entries(&self) -> &[Option<Entry>] {
        &self.entries
    }

    /// Whether a slot can be entered.
    pub(crate) fn has(&self, slot: usize) -> bool {
        matches!(self.entries.get(slot), Some(Some(_)))
    }

    /// Forgets the page that begins at a slot. Says whether there was anything to forget.
    pub(crate) fn forget(&mut self, page_slot: usize) -> bool {
        let Some(page) = self.entries.get_mut(page_slot..page_slot + PAGE_SLOTS) else {
            return false;
        };
        let known = page.iter().any(Option::is_some);
        page.fill(None);
        known
    }

    /// Translates the page that begins at a slot. Where that is impossible, nothing happens.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn translate(&mut self, page: &[Inst], page_slot: usize, bits: AccessBits) {
        let Some(entries) = self.entries.get_mut(page_slot..page_slot + PAGE_SLOTS) else {
            return;
        };
        let translation = translate::translate(page, page_slot, bits);
        let Some(code) = executable(&translation.code) else {
            return;
        };
        for (entry, offset) in entries.iter_mut().zip(translation.entries) {
            *entry = offset.map(|offset| {
                // SAFETY: a function of this type begins there, and stays as long as `self`.
                unsafe { std::mem::transmute::<*const u8, Entry>(code[offset..].as_ptr()) }
            });
        }
        self.code.push(code);
    }

    /// Nothing can be translated for this machine.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn translate(&mut self, _: &[Inst], _: usize, _: AccessBits) {}
}

/// Memory that holds code and can be run, but no longer written to.
#[cfg(target_arch = "x86_64")]
fn executable(code: &[u8]) -> Option<memmap2::Mmap> {
    let mut memory = memmap2::MmapMut::map_anon(code.len().max(1)).ok()?;
    memory[..code.len()].copy_from_slice(code);
    memory.make_exec().ok()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
