//! A writer for the only kind of ELF file ZisK loads: ELF64, little-endian, RISC-V, ET_EXEC.

/// A loadable segment.
#[derive(Debug, Clone)]
pub struct Segment {
    /// First address.
    pub address: u64,
    /// File bytes.
    pub bytes: Vec<u8>,
    /// Bytes in memory; those beyond the file are zero.
    pub memory_size: u64,
    /// ELF flags: 1 execute, 2 write, 4 read.
    pub flags: u32,
}

impl Segment {
    /// Code, optionally readable.
    pub fn code(address: u64, bytes: Vec<u8>, readable: bool) -> Self {
        let memory_size = bytes.len() as u64;
        Self {
            address,
            bytes,
            memory_size,
            flags: if readable { 5 } else { 1 },
        }
    }

    /// Constants.
    pub fn read_only(address: u64, bytes: Vec<u8>) -> Self {
        let memory_size = bytes.len() as u64;
        Self {
            address,
            bytes,
            memory_size,
            flags: 4,
        }
    }

    /// Variables with initial values and a zero-filled tail.
    pub fn writable(address: u64, bytes: Vec<u8>, memory_size: u64) -> Self {
        Self {
            address,
            bytes,
            memory_size,
            flags: 6,
        }
    }
}

/// One entry of the symbol table.
#[derive(Debug, Clone)]
pub struct Symbol {
    /// Name as it stands in the file.
    pub name: String,
    /// First address.
    pub address: u64,
    /// Size in bytes, may be 0.
    pub size: u64,
    /// ELF symbol type: 0 none, 1 object, 2 function.
    pub kind: u8,
    /// How far it is visible.
    pub binding: Binding,
}

/// How far a symbol is visible (`STB_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In its object file.
    Local = 0,
    /// Everywhere.
    Global = 1,
    /// Everywhere, unless a global one replaces it.
    Weak = 2,
}

impl Symbol {
    /// A function (STT_FUNC).
    pub fn function(name: &str, address: u64, size: u64) -> Self {
        Self {
            name: name.to_owned(),
            address,
            size,
            kind: 2,
            binding: Binding::Global,
        }
    }

    /// An object or label without a type, such as `_heap_bottom`.
    pub fn value(name: &str, address: u64) -> Self {
        Self {
            name: name.to_owned(),
            address,
            size: 0,
            kind: 0,
            binding: Binding::Global,
        }
    }

    /// The same with another binding.
    pub fn bound(mut self, binding: Binding) -> Self {
        self.binding = binding;
        self
    }

    /// Binding and type as the file has them (`st_info`).
    pub(crate) fn info(&self) -> u8 {
        (self.binding as u8) << 4 | self.kind
    }
}

/// The parts of a file.
#[derive(Debug, Clone)]
pub struct Elf {
    /// Address of the first instruction.
    pub entry: u64,
    /// What is loaded.
    pub segments: Vec<Segment>,
    /// Symbols; `None` leaves the table and all section headers out (a stripped file).
    pub symbols: Option<Vec<Symbol>>,
}

const EHDR: usize = 64;
const PHDR: usize = 56;
const SHDR: usize = 64;

impl Elf {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0u8; EHDR + PHDR * self.segments.len()];
        let mut headers = Vec::new();
        for segment in &self.segments {
            while !out.len().is_multiple_of(16) {
                out.push(0);
            }
            let offset = out.len() as u64;
            headers.extend_from_slice(&1u32.to_le_bytes());
            headers.extend_from_slice(&segment.flags.to_le_bytes());
            for field in [
                offset,
                segment.address,
                segment.address,
                segment.bytes.len() as u64,
                segment.memory_size,
                16,
            ] {
                headers.extend_from_slice(&field.to_le_bytes());
            }
            out.extend_from_slice(&segment.bytes);
        }
        out[EHDR..EHDR + headers.len()].copy_from_slice(&headers);
        let (section_offset, sections) = match &self.symbols {
            Some(symbols) => self.write_sections(symbols, &mut out),
            None => (0, 0),
        };
        self.write_header(&mut out, section_offset, sections);
        out
    }

    /// Writes symbol table, names and section headers; returns where the headers are and how many.
    fn write_sections(&self, symbols: &[Symbol], out: &mut Vec<u8>) -> (u64, u16) {
        let code = self.segments.iter().find(|s| s.flags & 1 != 0);
        let mut names = vec![0u8];
        let mut table = vec![0u8; 24];
        for symbol in symbols {
            let name = names.len() as u32;
            names.extend_from_slice(symbol.name.as_bytes());
            names.push(0);
            table.extend_from_slice(&name.to_le_bytes());
            table.push(symbol.info());
            table.push(0);
            // Functions belong to `.text`, everything else is absolute.
            let section: u16 = if symbol.kind == 2 { 1 } else { 0xfff1 };
            table.extend_from_slice(&section.to_le_bytes());
            table.extend_from_slice(&symbol.address.to_le_bytes());
            table.extend_from_slice(&symbol.size.to_le_bytes());
        }
        let section_names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0";
        let text_offset = 0u64;
        let mut place = |bytes: &[u8]| {
            while !out.len().is_multiple_of(8) {
                out.push(0);
            }
            let offset = out.len() as u64;
            out.extend_from_slice(bytes);
            offset
        };
        let symtab = place(&table);
        let strtab = place(&names);
        let shstrtab = place(section_names);
        let mut headers = vec![0u8; SHDR];
        let mut header = |name: u32,
                          kind: u32,
                          flags: u64,
                          address: u64,
                          at: u64,
                          size: u64,
                          link: u32,
                          info: u32,
                          entry: u64| {
            headers.extend_from_slice(&name.to_le_bytes());
            headers.extend_from_slice(&kind.to_le_bytes());
            for field in [flags, address, at, size] {
                headers.extend_from_slice(&field.to_le_bytes());
            }
            headers.extend_from_slice(&link.to_le_bytes());
            headers.extend_from_slice(&info.to_le_bytes());
            headers.extend_from_slice(&8u64.to_le_bytes());
            headers.extend_from_slice(&entry.to_le_bytes());
        };
        let (address, size) = code.map_or((0, 0), |c| (c.address, c.bytes.len() as u64));
        // The first segment is the code; its file offset is the first 16-byte boundary after the
        // program headers.
        let text_at =
            text_offset + ((EHDR + PHDR * self.segments.len()) as u64).next_multiple_of(16);
        header(1, 1, 6, address, text_at, size, 0, 0, 0);
        header(7, 2, 0, 0, symtab, table.len() as u64, 3, 1, 24);
        header(15, 3, 0, 0, strtab, names.len() as u64, 0, 0, 0);
        header(23, 3, 0, 0, shstrtab, section_names.len() as u64, 0, 0, 0);
        (place(&headers), 5)
    }

    fn write_header(&self, out: &mut [u8], section_offset: u64, sections: u16) {
        let mut header = Vec::with_capacity(EHDR);
        header.extend_from_slice(b"\x7fELF\x02\x01\x01");
        header.resize(16, 0);
        header.extend_from_slice(&2u16.to_le_bytes());
        header.extend_from_slice(&243u16.to_le_bytes());
        header.extend_from_slice(&1u32.to_le_bytes());
        header.extend_from_slice(&self.entry.to_le_bytes());
        header.extend_from_slice(&(EHDR as u64).to_le_bytes());
        header.extend_from_slice(&section_offset.to_le_bytes());
        header.extend_from_slice(&0u32.to_le_bytes());
        for field in [
            EHDR as u16,
            PHDR as u16,
            self.segments.len() as u16,
            SHDR as u16,
            sections,
            sections.saturating_sub(1),
        ] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        out[..EHDR].copy_from_slice(&header);
    }
}
