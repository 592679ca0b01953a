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

use std::path::Path;

fn main() -> Result<(), edge::Error> {
    let folder = std::env::args().nth(1).ok_or("usage: edge_blocks FOLDER")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let edges = edge::make()?;
    println!("| Operation | Edge cases | Answer known from elsewhere | Gas |");
    println!("|---|---:|---:|---:|");
    for edge in &edges {
        edge.recorded.save(&edge::file(folder, edge.name))?;
        let known = |row: &&serde_json::Value| row["answer_known_from"] == "elsewhere";
        let known = edge.vectors.iter().filter(known).count();
        let all = edge.vectors.len();
        println!("| {} | {all} | {known} | {} |", edge.name, edge.gas);
    }
    std::fs::write(folder.join("vectors.json"), edge::table(&edges)?)?;
    Ok(())
}
