//! The few x86-64 instructions that translated code is made of.
//!
//! Encodings are those of AMD64 Architecture Programmer's Manual, volume 3. Guest registers are words at
//! `rdi`, the guest's memory begins at `rsi`, page states at `rdx`. Free to use are `rax`, `rcx`, `r8` and
//! `r9`: results, addresses, pages, and bases of addresses. What is in them is never wider than 32 bits.

/// A register that translated code computes in; the number is the encoding's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    A = 0,
    C = 1,
}

/// What an address is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// rax
    A,
    /// r9
    Held,
}

/// Operations on a host register and a guest register, by opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add = 0x03,
    Or = 0x0b,
    And = 0x23,
    Sub = 0x2b,
    Xor = 0x33,
    Cmp = 0x3b,
    Mov = 0x8b,
}

/// Operations of `rax` and an immediate, by the opcode's extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImmOp {
    Add = 0,
    Or = 1,
    And = 4,
    Xor = 6,
    Cmp = 7,
}

/// Shifts, by the opcode's extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Left = 4,
    Right = 5,
    RightSigned = 7,
}

/// Conditions, by the low half of the opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Below = 2,
    NotBelow = 3,
    Equal = 4,
    NotEqual = 5,
    Less = 12,
    NotLess = 13,
}

/// A jump whose target is to be set by [`Assembler::land`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Jump(usize);

/// Machine code in the making.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    bytes: Vec<u8>,
}

impl Assembler {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Offset of what comes next.
    pub(super) fn here(&self) -> usize {
        self.bytes.len()
    }

    fn emit(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// ModRM and displacement of a guest register: [rdi + 4 * register].
    fn guest(&mut self, field: u8, register: u8) {
        // The displacement is a signed byte: 31 is the last register it reaches.
        debug_assert!(register < 32);
        self.emit(&[0x47 | field << 3, register << 2]);
    }

    /// host = host op guest; with [`Op::Mov`], host = guest.
    pub(super) fn op(&mut self, op: Op, host: Host, register: u8) {
        self.emit(&[op as u8]);
        self.guest(host as u8, register);
    }

    /// guest = host
    pub(super) fn put(&mut self, register: u8, host: Host) {
        self.emit(&[0x89]);
        self.guest(host as u8, register);
    }

    /// guest = value
    pub(super) fn put_value(&mut self, register: u8, value: u32) {
        self.emit(&[0xc7]);
        self.guest(0, register);
        self.emit(&value.to_le_bytes());
    }

    /// host = guest, with its sign to 64 bits
    pub(super) fn get_signed(&mut self, host: Host, register: u8) {
        self.emit(&[0x48, 0x63]);
        self.guest(host as u8, register);
    }

    /// eax = eax op value
    pub(super) fn op_value(&mut self, op: ImmOp, value: u32) {
        let extension = 0xc0 | (op as u8) << 3;
        match i8::try_from(value as i32) {
            Ok(short) => self.emit(&[0x83, extension, short as u8]),
            Err(_) => {
                self.emit(&[0x81, extension]);
                self.emit(&value.to_le_bytes());
            }
        }
    }

    /// eax = eax * guest
    pub(super) fn multiply(&mut self, register: u8) {
        self.emit(&[0x0f, 0xaf]);
        self.guest(Host::A as u8, register);
    }

    /// rax = rax * rcx >> 32, of 64-bit values
    pub(super) fn multiply_high(&mut self) {
        self.emit(&[0x48, 0x0f, 0xaf, 0xc1]);
        self.emit(&[0x48, 0xc1, 0xe8, 32]);
    }

    /// eax = eax shifted
    pub(super) fn shift(&mut self, shift: Shift, by: u8) {
        self.emit(&[0xc1, 0xc0 | (shift as u8) << 3, by & 31]);
    }

    /// eax = eax shifted by cl, modulo 32
    pub(super) fn shift_by_c(&mut self, shift: Shift) {
        self.emit(&[0xd3, 0xc0 | (shift as u8) << 3]);
    }

    /// ecx = the last comparison's result
    pub(super) fn set_c(&mut self, condition: Condition) {
        self.emit(&[0x0f, 0x90 | condition as u8, 0xc1]);
        self.emit(&[0x0f, 0xb6, 0xc9]);
    }

    /// r9d = guest
    pub(super) fn get_base(&mut self, register: u8) {
        self.emit(&[0x44, 0x8b]);
        self.guest(1, register);
    }

    /// ecx = base + offset
    pub(super) fn address(&mut self, base: Base, offset: u32) {
        let (prefix, register): (&[u8], u8) = match base {
            Base::A => (&[], 0),
            Base::Held => (&[0x41], 1),
        };
        self.emit(prefix);
        match i8::try_from(offset as i32) {
            Ok(short) => self.emit(&[0x8d, 0x48 | register, short as u8]),
            Err(_) => {
                self.emit(&[0x8d, 0x88 | register]);
                self.emit(&offset.to_le_bytes());
            }
        }
    }

    /// Tests a mask against the state of the page of the address in ecx. Uses r8.
    pub(super) fn test_page(&mut self, page_shift: u8, mask: u8) {
        // mov r8d, ecx; shr r8d, page_shift; test byte [rdx + r8], mask
        self.emit(&[0x41, 0x89, 0xc8]);
        self.emit(&[0x41, 0xc1, 0xe8, page_shift]);
        self.emit(&[0x42, 0xf6, 0x04, 0x02, mask]);
    }

    /// Tests bits of ecx.
    pub(super) fn test_low_bits(&mut self, mask: u8) {
        self.emit(&[0xf6, 0xc1, mask]);
    }

    /// Moves between eax and the address in ecx; `opcode` says which way, how much and how.
    pub(super) fn access(&mut self, opcode: &[u8]) {
        self.emit(opcode);
        self.emit(&[0x04, 0x0e]);
    }

    /// Jumps on a condition.
    pub(super) fn jump_if(&mut self, condition: Condition) -> Jump {
        self.emit(&[0x0f, 0x80 | condition as u8, 0, 0, 0, 0]);
        Jump(self.here())
    }

    /// Makes a jump land here.
    pub(super) fn land(&mut self, Jump(after): Jump) {
        let distance = (self.here() - after) as u32;
        self.bytes[after - 4..after].copy_from_slice(&distance.to_le_bytes());
    }

    /// Jumps to an offset that is behind us.
    pub(super) fn jump_back(&mut self, to: usize) {
        self.emit(&[0xe9]);
        let distance = (to as u32).wrapping_sub(self.here() as u32 + 4);
        self.emit(&distance.to_le_bytes());
    }

    /// Returns a value.
    pub(super) fn return_value(&mut self, value: u32) {
        self.emit(&[0xb8]);
        self.emit(&value.to_le_bytes());
        self.emit(&[0xc3]);
    }
}
