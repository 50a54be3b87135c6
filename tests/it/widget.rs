//! The chat for a shop's pages as a browser gets it.

use attendant::config::DemoScale;
use attendant::model::scripted::Scripted;
use reqwest::StatusCode;

use crate::running::Running;

#[tokio::test]
async fn any_page_gets_the_script_compressed_and_once() {
    let model = Scripted::by(|_| attendant::model::scripted::Answer::new());
    let server = Running::start("widget", DemoScale::None, model).await;
    let ask = || server.http.get(format!("{}/widget.js", server.url));

    let plain = ask().send().await.unwrap();
    let header = |name: &str| plain.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    let etag = header("etag");
    let text = plain.text().await.unwrap();
    assert!(text.starts_with("(()=>{") && text.contains("Nachricht schreiben"));

    let compressed = ask()
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert!(compressed.bytes().await.unwrap().len() < text.len() / 2);

    let again = ask().header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    server.stop().await;
}
