//! A small RISC-V assembler: instructions as method calls, labels, function symbols.

use crate::elf::{Binding, Elf, Segment, Symbol};
use crate::inst::*;
use crate::target::{Target, ZISK_1_4_0};

/// General RAM (after stack, system area and output).
pub const RAM_ADDR: u64 = 0xa043_0000;
/// One past the highest stack address.
pub const STACK_TOP: u64 = 0xa040_0000;
/// Public output.
pub const OUTPUT_ADDR: u64 = 0xa041_0000;
/// A byte stored here goes to the guest's standard output.
pub const UART_ADDR: u64 = 0xa040_0200;

/// A place in the code that jumps can name before it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(usize);

#[derive(Debug)]
enum Fix {
    Branch { funct3: u32, rs1: Reg, rs2: Reg },
    Jal { rd: Reg },
    AuipcJalr { link: Reg, via: Reg },
    La { rd: Reg },
}

/// Code under construction, with data segments and symbols.
#[derive(Debug)]
pub struct Asm {
    target: Target,
    base: u64,
    words: Vec<u32>,
    labels: Vec<Option<u64>>,
    fixes: Vec<(usize, Label, Fix)>,
    symbols: Vec<Symbol>,
    open: Option<usize>,
    segments: Vec<Segment>,
    readable_code: bool,
    stripped: bool,
}

impl Default for Asm {
    fn default() -> Self {
        Self::new()
    }
}

impl Asm {
    /// No code yet, for the newest ZisK; the first instruction will be the entry point.
    pub fn new() -> Self {
        Self::on(ZISK_1_4_0)
    }

    /// No code yet; the first instruction will be where the version's programs begin.
    pub fn on(target: Target) -> Self {
        Self {
            target,
            ..Self::at(target.code)
        }
    }

    /// No code yet; the first instruction will be at `base`, and the entry point.
    pub fn at(base: u64) -> Self {
        Self {
            target: ZISK_1_4_0,
            base,
            words: Vec::new(),
            labels: Vec::new(),
            fixes: Vec::new(),
            symbols: Vec::new(),
            open: None,
            segments: Vec::new(),
            readable_code: false,
            stripped: false,
        }
    }

    /// The ZisK version that the code is for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Address of the next instruction.
    pub fn here(&self) -> u64 {
        self.base + 4 * self.words.len() as u64
    }

    /// A label not yet bound.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Binds a label to this place.
    pub fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.here());
    }

    /// A label bound to this place.
    pub fn label_here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Starts a function symbol here, ending the one before.
    pub fn func(&mut self, name: &str) -> Label {
        self.end_func();
        self.open = Some(self.symbols.len());
        self.symbols.push(Symbol::function(name, self.here(), 0));
        self.label_here()
    }

    /// Starts a function symbol here and binds an existing label to it.
    pub fn func_at(&mut self, name: &str, label: Label) {
        self.func(name);
        self.bind(label);
    }

    /// Gives the open function its size.
    pub fn end_func(&mut self) {
        if let Some(index) = self.open.take() {
            self.symbols[index].size = self.here() - self.symbols[index].address;
        }
    }

    /// Gives the open function's symbol another binding.
    pub fn bind_function(&mut self, binding: Binding) {
        let open = self.open.expect("a function is open");
        self.symbols[open].binding = binding;
    }

    /// Adds any symbol: zero-size, overlapping, or data.
    pub fn symbol(&mut self, symbol: Symbol) {
        self.symbols.push(symbol);
    }

    /// Adds a read-only data segment.
    pub fn ro(&mut self, address: u64, bytes: Vec<u8>) {
        self.segments.push(Segment::read_only(address, bytes));
    }

    /// Adds a read-only segment of 64-bit words.
    pub fn ro_words(&mut self, address: u64, words: &[u64]) {
        self.ro(
            address,
            words.iter().flat_map(|w| w.to_le_bytes()).collect(),
        );
    }

    /// Adds a writable segment; `memory_size` beyond the bytes is zero-filled.
    pub fn rw(&mut self, address: u64, bytes: Vec<u8>, memory_size: u64) {
        self.segments
            .push(Segment::writable(address, bytes, memory_size));
    }

    /// Adds any segment.
    pub fn segment(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// Adds a writable segment of 64-bit words.
    pub fn rw_words(&mut self, address: u64, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let size = bytes.len() as u64;
        self.rw(address, bytes, size);
    }

    /// Makes the code segment readable too; ZisK then counts it as initial ROM data.
    pub fn readable_code(&mut self) {
        self.readable_code = true;
    }

    /// Leaves the symbol table out.
    pub fn strip(&mut self) {
        self.stripped = true;
    }

    /// Any word.
    pub fn word(&mut self, word: u32) {
        self.words.push(word);
    }

    /// A register-register instruction by name.
    pub fn r(&mut self, name: &str, rd: Reg, rs1: Reg, rs2: Reg) {
        let op = R_TYPES
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("no register instruction {name}"));
        self.word(encode_r(op, rd, rs1, rs2));
    }

    /// An instruction with an immediate (or a single source: `imm` 0) by name.
    pub fn i(&mut self, name: &str, rd: Reg, rs1: Reg, imm: i64) {
        let op = I_TYPES
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("no immediate instruction {name}"));
        let free = match op.bits {
            12 => {
                assert!((-2048..2048).contains(&imm), "{name} {imm}");
                imm as u32 & 0xfff
            }
            0 => 0,
            bits => {
                assert!((0..1 << bits).contains(&imm), "{name} {imm}");
                imm as u32
            }
        };
        self.word(encode_imm(op.opcode, op.funct3, rd, rs1, op.high | free));
    }

    /// A load by name.
    pub fn load(&mut self, name: &str, rd: Reg, rs1: Reg, offset: i32) {
        let op = LOADS
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("no load {name}"));
        self.word(encode_imm(3, op.funct3, rd, rs1, offset as u32));
    }

    /// A store by name.
    pub fn store(&mut self, name: &str, rs2: Reg, rs1: Reg, offset: i32) {
        let op = STORES
            .iter()
            .find(|o| o.name == name)
            .unwrap_or_else(|| panic!("no store {name}"));
        self.word(encode_store(op.funct3, rs2, rs1, offset));
    }

    /// A branch by name.
    pub fn branch(&mut self, name: &str, rs1: Reg, rs2: Reg, to: Label) {
        let (_, funct3) = *BRANCHES
            .iter()
            .find(|b| b.0 == name)
            .unwrap_or_else(|| panic!("no branch {name}"));
        self.fix(to, Fix::Branch { funct3, rs1, rs2 });
        self.word(0);
    }

    /// An atomic: `name.{w,d} rd, rs2, (rs1)`.
    pub fn amo(&mut self, name: &str, double: bool, rd: Reg, rs2: Reg, rs1: Reg) {
        let funct5 = match name {
            "lr" => 2,
            "sc" => 3,
            _ => {
                AMOS.iter()
                    .find(|a| a.0 == name)
                    .unwrap_or_else(|| panic!("no atomic {name}"))
                    .1
            }
        };
        self.word(
            funct5 << 27
                | u32::from(rs2.0) << 20
                | u32::from(rs1.0) << 15
                | (2 + u32::from(double)) << 12
                | u32::from(rd.0) << 7
                | 47,
        );
    }

    /// A CSR instruction by name; `source` is rs1 or the 5-bit immediate.
    pub fn csr(&mut self, name: &str, rd: Reg, csr: u32, source: u8) {
        let (_, funct3) = *CSR_FORMS
            .iter()
            .find(|c| c.0 == name)
            .unwrap_or_else(|| panic!("no CSR form {name}"));
        self.word(encode_imm(115, funct3, rd, Reg(source), csr));
    }

    /// `csrs csr, rs`: the form of every ZisK port.
    pub fn csrs(&mut self, csr: u32, rs: Reg) {
        self.csr("csrrs", ZERO, csr, rs.0);
    }

    /// `lui rd, page` (the upper 20 bits).
    pub fn lui(&mut self, rd: Reg, page: u32) {
        self.word((page & 0xf_ffff) << 12 | u32::from(rd.0) << 7 | 55);
    }

    /// `auipc rd, page`.
    pub fn auipc(&mut self, rd: Reg, page: u32) {
        self.word((page & 0xf_ffff) << 12 | u32::from(rd.0) << 7 | 23);
    }

    /// `jal rd, label`.
    pub fn jal(&mut self, rd: Reg, to: Label) {
        self.fix(to, Fix::Jal { rd });
        self.word(0);
    }

    /// `jalr rd, imm(rs1)`.
    pub fn jalr(&mut self, rd: Reg, rs1: Reg, imm: i32) {
        self.word(encode_imm(103, 0, rd, rs1, imm as u32));
    }

    /// A near call: `jal ra, label`.
    pub fn call(&mut self, to: Label) {
        self.jal(RA, to);
    }

    /// A far call, as compilers emit it: `auipc via; jalr link, via`. ZisK fuses the pair when
    /// `link` is `via` or x0.
    pub fn far_call(&mut self, link: Reg, via: Reg, to: Label) {
        self.fix(to, Fix::AuipcJalr { link, via });
        self.word(0);
        self.word(0);
    }

    /// `j label`.
    pub fn j(&mut self, to: Label) {
        self.jal(ZERO, to);
    }

    /// `ret`.
    pub fn ret(&mut self) {
        self.jalr(ZERO, RA, 0);
    }

    /// The address of a label: `auipc rd; addi rd, rd`.
    pub fn la(&mut self, rd: Reg, to: Label) {
        self.fix(to, Fix::La { rd });
        self.word(0);
        self.word(0);
    }

    /// `mv rd, rs` (`addi rd, rs, 0`).
    pub fn mv(&mut self, rd: Reg, rs: Reg) {
        self.i("addi", rd, rs, 0);
    }

    /// `addi rd, rs, imm`.
    pub fn addi(&mut self, rd: Reg, rs: Reg, imm: i64) {
        self.i("addi", rd, rs, imm);
    }

    /// Loads any 64-bit constant, as a compiler without a constant pool would.
    pub fn li(&mut self, rd: Reg, value: u64) {
        let value = value as i64;
        if (-2048..2048).contains(&value) {
            return self.addi(rd, ZERO, value);
        }
        if i64::from(value as i32) == value {
            let low = (value << 52) >> 52;
            self.lui(rd, ((value - low) >> 12) as u32);
            if low != 0 {
                self.i("addiw", rd, rd, low);
            }
            return;
        }
        let low = (value << 52) >> 52;
        let rest = value.wrapping_sub(low);
        let shift = rest.trailing_zeros().clamp(12, 63);
        self.li(rd, (rest >> shift) as u64);
        self.i("slli", rd, rd, i64::from(shift));
        if low != 0 {
            self.addi(rd, rd, low);
        }
    }

    /// Loads any 32-bit constant on a 32-bit machine.
    pub fn li32(&mut self, rd: Reg, value: u32) {
        let low = ((value << 20) as i32) >> 20;
        let page = value.wrapping_sub(low as u32) >> 12;
        if page == 0 {
            return self.addi(rd, ZERO, i64::from(low));
        }
        self.lui(rd, page);
        if low != 0 {
            self.addi(rd, rd, i64::from(low));
        }
    }

    /// `ecall`.
    pub fn ecall(&mut self) {
        self.word(0x73);
    }

    /// Ends the run: `ecall` 93 with the exit code in a0.
    pub fn exit(&mut self, code: u64) {
        self.li(A0, code);
        self.li(A7, 93);
        self.ecall();
    }

    fn fix(&mut self, label: Label, fix: Fix) {
        self.fixes.push((self.words.len(), label, fix));
    }

    fn resolve(&mut self) {
        for (at, label, fix) in std::mem::take(&mut self.fixes) {
            let target = self.labels[label.0].expect("label was bound");
            let offset = target as i64 - (self.base + 4 * at as u64) as i64;
            let low = (offset << 52) >> 52;
            let page = ((offset - low) >> 12) as u32;
            match fix {
                Fix::Branch { funct3, rs1, rs2 } => {
                    assert!(
                        (-4096..4096).contains(&offset),
                        "branch over {offset} bytes"
                    );
                    self.words[at] = encode_branch(funct3, rs1, rs2, offset as i32);
                }
                Fix::Jal { rd } => {
                    assert!((-(1 << 20)..1 << 20).contains(&offset));
                    self.words[at] = encode_jal(rd, offset as i32);
                }
                Fix::AuipcJalr { link, via } => {
                    self.words[at] = (page & 0xf_ffff) << 12 | u32::from(via.0) << 7 | 23;
                    self.words[at + 1] = encode_imm(103, 0, link, via, low as u32);
                }
                Fix::La { rd } => {
                    self.words[at] = (page & 0xf_ffff) << 12 | u32::from(rd.0) << 7 | 23;
                    self.words[at + 1] = encode_imm(19, 0, rd, rd, low as u32);
                }
            }
        }
    }

    /// Adds more code, for a frame that was made by someone else.
    pub fn extend(mut self, more: impl FnOnce(&mut Self)) -> Self {
        more(&mut self);
        self
    }

    /// The finished ELF file.
    pub fn elf(self) -> Vec<u8> {
        self.parts().to_bytes()
    }

    /// The finished file as a 32-bit ELF.
    pub fn elf32(self) -> Vec<u8> {
        self.parts().to_bytes32()
    }

    fn parts(mut self) -> Elf {
        self.end_func();
        self.resolve();
        let code: Vec<u8> = self.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let mut segments = vec![Segment::code(self.base, code, self.readable_code)];
        segments.append(&mut self.segments);
        Elf {
            entry: self.base,
            segments,
            symbols: if self.stripped {
                None
            } else {
                Some(self.symbols)
            },
        }
    }
}
