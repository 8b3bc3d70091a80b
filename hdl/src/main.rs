fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&dir).unwrap();
    for m in hdl::lang::emit::emit(&hdl::rtl::column::Column::default()) {
        std::fs::write(dir.join(format!("{}.v", m.name)), m.text).unwrap();
    }
}
