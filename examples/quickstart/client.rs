//! A client that sends exactly the headers it is given: a library's would add its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn send(
    address: SocketAddr,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> io::Result<Response> {
    tokio::time::timeout(TIMEOUT, exchange(address, path, headers, body)).await?
}

async fn exchange(address: SocketAddr, path: &str, headers: &HeaderMap, body: &[u8]) -> io::Result<Response> {
    let mut request =
        format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    request.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);

    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(&request).await?;
    let mut response = Vec::new();
    connection.read_to_end(&mut response).await?;

    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the app's answer is no HTTP response");
    let text = String::from_utf8_lossy(&response);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok(Response { status, body: body.as_bytes().to_vec() })
}
