//! The same parts as a 32-bit file: ELF32, little-endian, RISC-V, ET_EXEC.

use crate::elf::Elf;

const EHDR: usize = 52;
const PHDR: usize = 32;
const SHDR: u16 = 40;
const SYMBOL: u32 = 16;

/// Fields of a file under construction.
struct Fields(Vec<u8>);

impl Fields {
    fn half(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn words(&mut self, values: &[u32]) {
        for value in values {
            self.0.extend_from_slice(&value.to_le_bytes());
        }
    }
}

impl Elf {
    /// The file's bytes, 32-bit form. Addresses must fit.
    pub fn to_bytes32(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let start = EHDR + PHDR * self.segments.len();
        let mut headers = Fields(Vec::new());
        let mut places = Vec::new();
        for segment in &self.segments {
            let offset = place(&mut body, start, &segment.bytes);
            places.push(offset);
            let address = narrow(segment.address);
            headers.words(&[
                1,
                offset,
                address,
                address,
                segment.bytes.len() as u32,
                narrow(segment.memory_size),
                segment.flags,
                4,
            ]);
        }
        let (section_offset, sections) = self.sections32(&mut body, start, &places);
        let mut out = Fields(b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec());
        out.half(2);
        out.half(243);
        out.words(&[1, narrow(self.entry), EHDR as u32, section_offset, 0]);
        let last = sections.saturating_sub(1);
        for half in [
            EHDR as u16,
            PHDR as u16,
            self.segments.len() as u16,
            SHDR,
            sections,
            last,
        ] {
            out.half(half);
        }
        out.0.extend(headers.0);
        out.0.extend(body);
        out.0
    }

    /// Symbol table, names and section headers; where the headers are and how many.
    fn sections32(&self, body: &mut Vec<u8>, start: usize, places: &[u32]) -> (u32, u16) {
        let (Some(symbols), Some(code)) = (
            &self.symbols,
            self.segments
                .iter()
                .position(|segment| segment.flags & 1 != 0),
        ) else {
            return (0, 0);
        };
        let mut names = vec![0u8];
        let mut table = Fields(vec![0; SYMBOL as usize]);
        for symbol in symbols {
            table.words(&[
                names.len() as u32,
                narrow(symbol.address),
                narrow(symbol.size),
            ]);
            table.0.extend_from_slice(&[symbol.info(), 0]);
            table.half(if symbol.kind == 2 { 1 } else { 0xfff1 });
            names.extend_from_slice(symbol.name.as_bytes());
            names.push(0);
        }
        let section_names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0";
        let symtab = place(body, start, &table.0);
        let strtab = place(body, start, &names);
        let shstrtab = place(body, start, section_names);
        let text = &self.segments[code];
        let mut headers = Fields(vec![0; usize::from(SHDR)]);
        let table_bytes = table.0.len() as u32;
        let text_bytes = text.bytes.len() as u32;
        headers.words(&[
            1,
            1,
            6,
            narrow(text.address),
            places[code],
            text_bytes,
            0,
            0,
            4,
            0,
        ]);
        headers.words(&[7, 2, 0, 0, symtab, table_bytes, 3, 1, 4, SYMBOL]);
        headers.words(&[15, 3, 0, 0, strtab, names.len() as u32, 0, 0, 1, 0]);
        headers.words(&[
            23,
            3,
            0,
            0,
            shstrtab,
            section_names.len() as u32,
            0,
            0,
            1,
            0,
        ]);
        (place(body, start, &headers.0), 5)
    }
}

/// Appends bytes at a multiple of 16; gives their offset in the file.
fn place(body: &mut Vec<u8>, start: usize, bytes: &[u8]) -> u32 {
    while !(start + body.len()).is_multiple_of(16) {
        body.push(0);
    }
    let offset = start + body.len();
    body.extend_from_slice(bytes);
    offset as u32
}

fn narrow(value: u64) -> u32 {
    u32::try_from(value).expect("fits into 32 bits")
}
