//! A connection over which one request follows the other.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

pub(crate) struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true).context("cannot send at once")?;
        let (address, stream) = (address.to_owned(), BufReader::new(stream));
        Ok(Connection { address, stream })
    }

    /// Sends a request with more headers, each with its end of line; returns the status and the body.
    pub(crate) fn ask(&mut self, line: &str, headers: &str, body: &str) -> Result<(u16, String)> {
        let (address, length) = (&self.address, body.len());
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .context("cannot send")?;
        let mut status = String::new();
        self.stream.read_line(&mut status).context("no answer")?;
        let status = status
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .context("no status")?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            self.stream.read_line(&mut header).context("no headers")?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().context("no length")?;
            }
        }
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .context("a part of an answer")?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}
