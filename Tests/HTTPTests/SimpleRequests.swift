/// A request after which the connection stays.
let plainGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/// A request after which it is closed.
let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
