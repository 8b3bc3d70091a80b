fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let columns = std::env::args().nth(2).map_or(16, |c| c.parse().unwrap());
    std::fs::create_dir_all(&dir).unwrap();
    for (name, text) in hdl::generate(&net::engine::EngineConfig::standard(columns)) {
        std::fs::write(dir.join(name), text).unwrap();
    }
}
