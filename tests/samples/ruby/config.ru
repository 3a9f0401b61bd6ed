run ->(_) { [200, {"Content-Type" => "text/plain"}, [Rack::Utils.escape_html("Hello <Ruby>")]] }
