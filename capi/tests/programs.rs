//! C programs against the installed library: the example prints what `ember classify` prints, every function answers to good and bad arguments,
//! and valgrind finds nothing. Skipped, with a message, where the C compiler or valgrind is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FLAGS: [&str; 6] = ["-std=c99", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// From this crate's folder, in which tests run. The command shortens longer paths.
const PHOTOGRAPH: &str = "../net/assets/images/coffee.png";

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("SKIPPED: there is no {program}; apt-get install {}", if program == "cc" { "gcc" } else { program });
    }
    there
}

fn done(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}

/// The library where `capi/install.sh` puts it, and programs beside it.
struct Installed(tempfile::TempDir);

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // beside this very program lies what was built with it
        let built = std::env::current_exe().expect("this program").parent().expect("its folder").to_owned();
        done(Command::new(root().join("install.sh")).arg(folder.path()).env("EMBER_BUILT", built));
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What `pkg-config` says; without it, what it would.
    fn flags(&self) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.args(["--cflags", "--libs", "ember"]).env("PKG_CONFIG_PATH", self.path("lib/pkgconfig"));
        match is_there("pkg-config") {
            true => String::from_utf8(done(&mut command).stdout).expect("UTF-8").split_whitespace().map(String::from).collect(),
            false => vec![format!("-I{}", self.path("include").display()), format!("-L{}", self.path("lib").display()), "-lember".into()],
        }
    }

    /// Compiles a source; gives the program.
    fn compile(&self, source: &str, more: &[&str]) -> PathBuf {
        let program = self.path("program");
        let mut command = Command::new("cc");
        done(command.args(FLAGS).arg(root().join(source)).args(self.flags()).args(more).arg("-o").arg(&program));
        program
    }

    fn run(&self, mut command: Command) -> Output {
        done(command.env("LD_LIBRARY_PATH", self.path("lib")))
    }
}

fn valgrind(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"]).arg(program);
    command
}

/// The table of `ember classify FILE`, of one file.
fn table(path: &str) -> String {
    let classifier = ember::open("software", &ember::Model::embedded(), &ember::Options::default()).expect("it opens");
    let result = classifier.classify(path).expect("a result");
    let width = path.len();
    let row = |(place, class): (usize, ember::Prediction)| {
        let path = if place == 0 { path } else { "" };
        format!("{path:width$}  {:>4}  {:>9.2} %  {:>5}  {}\n", place + 1, 100.0 * class.probability, class.class, class.name)
    };
    let rows: String = result.top(5).into_iter().enumerate().map(row).collect();
    format!("{:width$}  rank  probability  class  name\n{rows}", "image")
}

#[test]
fn the_example_prints_what_the_command_prints() {
    if !is_there("cc") {
        return;
    }
    let installed = Installed::new();
    let program = installed.compile("examples/classify.c", &[]);
    let mut command = Command::new(&program);
    command.arg(PHOTOGRAPH);
    let printed = String::from_utf8(installed.run(command).stdout).expect("UTF-8");
    assert_eq!(printed, table(PHOTOGRAPH));
    // the command, which is built with all tests
    let command = std::env::current_exe().expect("this program").with_file_name("../ember");
    if command.exists() {
        assert_eq!(String::from_utf8(done(Command::new(command).args(["classify", "-q"]).arg(PHOTOGRAPH)).stdout).expect("UTF-8"), printed);
    }
    let refused = Command::new(&program).arg("missing.png").env("LD_LIBRARY_PATH", installed.path("lib")).output().expect("it starts");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.starts_with("classify: missing.png: the image cannot be read"), "{said}");
    if is_there("valgrind") {
        let mut command = valgrind(&program);
        command.arg(PHOTOGRAPH);
        assert_eq!(String::from_utf8(installed.run(command).stdout).expect("UTF-8"), printed);
    }
}

#[test]
fn every_function_answers_to_good_and_bad_arguments() {
    if !is_there("cc") {
        return;
    }
    let installed = Installed::new();
    let program = installed.compile("tests/borders.c", &["-pthread"]);
    let mut ways = vec![Command::new(&program)];
    ways.extend(is_there("valgrind").then(|| valgrind(&program)));
    for mut command in ways {
        command.arg(PHOTOGRAPH).arg(installed.path("lib"));
        assert_eq!(installed.run(command).stdout, b"all is as it should be\n");
    }
}

#[test]
fn the_header_is_cpp_too() {
    if !is_there("c++") {
        return;
    }
    let flags = ["-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", "-x", "c++"];
    done(Command::new("c++").args(flags).arg(root().join("include/ember.h")));
}
