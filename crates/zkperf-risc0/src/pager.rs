//! Which pages, and which nodes of the hash tree over them, a segment has loaded and changed.
//!
//! The first access to a page loads it and those of its ancestors that are not loaded; the first store
//! also marks page and ancestors as changed. Each is paid once a segment (execute/pager.rs of
//! risc0-circuit-rv32im 4.0.5, `page_in`, `page_for_writing`, `fixup_costs`). An ancestor is never
//! without what lies below it, so a walk up ends at the first node that has the state already.

use crate::rules::{KERNEL_START, NODE_CYCLES, PAGES, PAGE_BYTES, PAGE_CYCLES, USER_START};

/// Bits of a page's state.
pub(crate) mod bit {
    /// Loaded in this segment.
    pub(crate) const LOADED: u8 = 1;
    /// Changed in this segment.
    pub(crate) const DIRTY: u8 = 2;
    /// Holds decoded instructions: a store must look at them.
    pub(crate) const CODE: u8 = 4;
    /// Touched at any time.
    pub(crate) const EVER: u8 = 8;
    /// User code may load without further ado.
    pub(crate) const USER_LOAD: u8 = 16;
    /// User code may store without further ado.
    pub(crate) const USER_STORE: u8 = 32;
    /// The kernel may load without further ado.
    pub(crate) const MACHINE_LOAD: u8 = 64;
    /// The kernel may store without further ado.
    pub(crate) const MACHINE_STORE: u8 = 128;

    /// What a segment's end clears.
    pub(super) const OF_SEGMENT: u8 = !(CODE | EVER);
}

/// What a page's state must have for an access without further ado.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessBits {
    pub(crate) load: u8,
    pub(crate) store: u8,
}

/// The bits for code of a mode.
pub(crate) fn access_bits(machine: bool) -> AccessBits {
    if machine {
        AccessBits {
            load: bit::MACHINE_LOAD,
            store: bit::MACHINE_STORE,
        }
    } else {
        AccessBits {
            load: bit::USER_LOAD,
            store: bit::USER_STORE,
        }
    }
}

/// The page of register windows and other words with a meaning; never accessed without further ado.
const SYSTEM_PAGE: u32 = crate::rules::MACHINE_REGISTERS / PAGE_BYTES;

/// Rows that an access cost, in and out, and how many pages that was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paged {
    pub(crate) in_cycles: u64,
    pub(crate) out_cycles: u64,
    pub(crate) pages_in: u64,
    pub(crate) pages_out: u64,
}

impl Paged {
    /// All rows.
    pub(crate) fn cycles(&self) -> u64 {
        self.in_cycles + self.out_cycles
    }

    /// Adds another access.
    pub(crate) fn add(&mut self, other: Paged) {
        self.in_cycles += other.in_cycles;
        self.out_cycles += other.out_cycles;
        self.pages_in += other.pages_in;
        self.pages_out += other.pages_out;
    }
}

/// Page and node states of the running segment.
pub(crate) struct Pager {
    /// A byte a page, of [`bit`]s.
    pub(crate) pages: Vec<u8>,
    /// A byte an inner node, numbered as in the official tree: 1 is the root.
    nodes: Vec<u8>,
    touched_pages: Vec<u32>,
    touched_nodes: Vec<u32>,
    /// What accesses cost since [`Pager::take`].
    pending: Paged,
    ever: u64,
}

impl Pager {
    pub(crate) fn new() -> Self {
        Self {
            pages: vec![0; PAGES as usize],
            nodes: vec![0; PAGES as usize],
            touched_pages: Vec::new(),
            touched_nodes: Vec::new(),
            pending: Paged::default(),
            ever: 0,
        }
    }

    /// Forgets what the segment has loaded and changed.
    pub(crate) fn reset(&mut self) {
        for page in self.touched_pages.drain(..) {
            self.pages[page as usize] &= !bit::OF_SEGMENT;
        }
        for node in self.touched_nodes.drain(..) {
            self.nodes[node as usize] = 0;
        }
    }

    /// Rows of the accesses since the last call.
    pub(crate) fn take(&mut self) -> Paged {
        std::mem::take(&mut self.pending)
    }

    /// Whether accesses since the last [`Pager::take`] cost anything.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending != Paged::default()
    }

    /// Pages touched at any time.
    pub(crate) fn pages_ever(&self) -> u64 {
        self.ever
    }

    /// A page that the image holds counts as touched.
    pub(crate) fn note_image_page(&mut self, page: u32) {
        if self.pages[page as usize] & bit::EVER == 0 {
            self.pages[page as usize] |= bit::EVER;
            self.ever += 1;
        }
    }

    /// A load from a page.
    #[inline]
    pub(crate) fn load(&mut self, page: u32) {
        if self.pages[page as usize] & bit::LOADED == 0 {
            self.page_in(page);
        }
    }

    /// A store to a page.
    #[inline]
    pub(crate) fn store(&mut self, page: u32) {
        if self.pages[page as usize] & bit::DIRTY == 0 {
            self.load(page);
            self.page_out(page);
        }
    }

    /// From now on, stores to the page are looked at.
    pub(crate) fn mark_code(&mut self, page: u32) {
        self.pages[page as usize] |= bit::CODE;
        self.pages[page as usize] &= !(bit::USER_STORE | bit::MACHINE_STORE);
    }

    fn page_in(&mut self, page: u32) {
        self.note_image_page(page);
        self.pages[page as usize] |=
            bit::LOADED | fast_bits(page, bit::USER_LOAD, bit::MACHINE_LOAD);
        self.touched_pages.push(page);
        self.pending.pages_in += 1;
        self.pending.in_cycles += PAGE_CYCLES;
        let mut node = (PAGES + page) / 2;
        while node != 0 && self.nodes[node as usize] == 0 {
            self.nodes[node as usize] = bit::LOADED;
            self.touched_nodes.push(node);
            self.pending.in_cycles += NODE_CYCLES;
            node /= 2;
        }
    }

    fn page_out(&mut self, page: u32) {
        let state = &mut self.pages[page as usize];
        *state |= bit::DIRTY;
        if *state & bit::CODE == 0 {
            *state |= fast_bits(page, bit::USER_STORE, bit::MACHINE_STORE);
        }
        self.pending.pages_out += 1;
        self.pending.out_cycles += PAGE_CYCLES;
        let mut node = (PAGES + page) / 2;
        while node != 0 && self.nodes[node as usize] & bit::DIRTY == 0 {
            self.nodes[node as usize] |= bit::DIRTY;
            self.pending.out_cycles += NODE_CYCLES;
            node /= 2;
        }
    }
}

/// Which modes may access a page without further ado.
fn fast_bits(page: u32, user: u8, machine: u8) -> u8 {
    if page < USER_START / PAGE_BYTES || page == SYSTEM_PAGE {
        0
    } else if page < KERNEL_START / PAGE_BYTES {
        user | machine
    } else {
        machine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The figures are arithmetic on the official constants; `xtask verify risc0` compares whole runs.
    #[test]
    fn first_page_of_a_segment_costs_608_each_way() {
        let mut pager = Pager::new();
        pager.store(0x100);
        let paged = pager.take();
        assert_eq!((paged.in_cycles, paged.out_cycles), (608, 608));
        assert_eq!((paged.pages_in, paged.pages_out), (1, 1));
    }

    #[test]
    fn neighbours_share_ancestors() {
        let mut pager = Pager::new();
        pager.load(0x100);
        pager.take();
        pager.load(0x101);
        assert_eq!(pager.take().in_cycles, 322);
        pager.load(0x102);
        assert_eq!(pager.take().in_cycles, 322 + 13);
        // Its ancestors are loaded, but none is dirty.
        pager.store(0x101);
        assert_eq!(pager.take().out_cycles, 608);
    }

    #[test]
    fn a_new_segment_pays_again() {
        let mut pager = Pager::new();
        pager.store(0x100);
        pager.reset();
        pager.take();
        pager.load(0x100);
        assert_eq!(pager.take().cycles(), 608);
        assert_eq!(pager.pages_ever(), 1);
    }

    #[test]
    fn code_and_special_pages_are_never_stored_to_unseen() {
        let mut pager = Pager::new();
        pager.mark_code(0x1000);
        for page in [0x1000, 3, SYSTEM_PAGE] {
            pager.store(page);
            assert_eq!(
                pager.pages[page as usize] & (bit::USER_STORE | bit::MACHINE_STORE),
                0
            );
        }
        pager.store(0x300000);
        assert_eq!(pager.pages[0x300000] & bit::USER_STORE, 0);
        assert_ne!(pager.pages[0x300000] & bit::MACHINE_STORE, 0);
    }
}
