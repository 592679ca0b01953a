//! Makes the edge blocks: `cargo run --release -p zkperf-gate --example edge_blocks -- fixtures/edge-block`.

mod arithmetic;
mod bls;
mod bn254;
mod chain;
mod curve;
mod edge;
mod hashes;
mod program;
mod signatures;
mod vector;

fn main() -> Result<(), edge::Error> {
    let folder = std::env::args().nth(1).ok_or("usage: edge_blocks FOLDER")?;
    let edges = edge::make()?;
    edge::write(&edges, folder.as_ref())?;
    println!("| operation | vectors | answer known from elsewhere | gas |");
    println!("|---|---:|---:|---:|");
    for edge in &edges {
        println!(
            "| {} | {} | {} | {} |",
            edge.name,
            edge.vectors.len(),
            edge.known(),
            edge.gas
        );
    }
    Ok(())
}
