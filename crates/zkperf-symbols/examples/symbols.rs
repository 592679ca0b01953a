//! What the symbol table of an ELF says: `cargo run -p zkperf-symbols --example symbols ELF`.

use zkperf_symbols::{Origin, SymbolPath, SymbolTable};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name an ELF file")?;
    let table = SymbolTable::from_elf(&std::fs::read(&path)?)?;
    for range in table.ranges() {
        let symbol = table.symbol(range.symbol);
        let krate = SymbolPath::parse(&symbol.name.full)
            .krate
            .unwrap_or_default();
        println!(
            "{:x}..{:x} {krate:16} {}",
            range.start, range.end, symbol.name.short
        );
    }
    let code: u64 = table.code().iter().map(|(start, end)| end - start).sum();
    let named: u64 = table
        .ranges()
        .iter()
        .map(|range| range.end - range.start)
        .sum();
    let labels = table
        .symbols()
        .iter()
        .filter(|s| s.origin == Origin::Label)
        .count();
    eprintln!(
        "{} symbols ({labels} labels), {} ranges, {named} of {code} bytes of code named",
        table.symbols().len(),
        table.ranges().len(),
    );
    Ok(())
}
