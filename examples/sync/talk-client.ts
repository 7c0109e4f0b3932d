import { socket } from "berkeley/sync"; // import socket
import { input } from "./input.ts";

const port = Number(process.argv[2] ?? 9999);
const obj = socket(); // obj = socket.socket()
obj.connect(["127.0.0.1", port]); // obj.connect(('127.0.0.1', 9999,))
const greeting = obj.recv(1024); // strs = obj.recv(1024)
console.log(greeting.toString()); // print(str(strs, encoding='utf-8'))

while (true) {
  const inp = input("请输入要发送的内容"); // inp = input('请输入要发送的内容')
  obj.sendall(inp); // obj.sendall(bytes(inp, encoding='utf-8'))
  if (inp === "q") break; // if inp == 'q': break
  const ret = obj.recv(1024).toString(); // ret = str(obj.recv(1024), encoding='utf-8')
  console.log(ret); // print(ret)
}
obj.close();
