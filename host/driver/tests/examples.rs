//! The examples run, and classify right.

#[path = "../examples/classify.rs"]
#[allow(dead_code)] // its `main` is the program's
mod classify;

#[test]
fn a_photograph_on_a_virtual_board_is_what_the_software_path_says() {
    let model = net::model_file::Model::default_model();
    let software = net::fast::FastNetwork::new(&model.network).expect("a sound network");
    let sums = software.run(model.input(&net::assets::PHOTOGRAPHS[0]).view()).expect("it runs");
    assert_eq!(classify::classify(None).expect("it runs"), model.top(&sums, 1)[0].class);
}

#[test]
fn what_is_no_card_is_refused() {
    assert!(classify::classify(Some("card")).expect_err("refused").to_string().contains("usage"));
}
