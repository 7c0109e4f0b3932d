import { createInterface } from "node:readline";
import { socket } from "berkeley"; // import socket

const port = Number(process.argv[2] ?? 9999);
const obj = socket(); // obj = socket.socket()
await obj.connect(["127.0.0.1", port]); // obj.connect(('127.0.0.1', 9999,))
const greeting = await obj.recv(1024); // strs = obj.recv(1024)
console.log(greeting.toString()); // print(str(strs, encoding='utf-8'))

process.stdout.write("请输入要发送的内容");
// while True: inp = input('请输入要发送的内容')
for await (const inp of createInterface({ input: process.stdin })) {
  await obj.sendall(inp); // obj.sendall(bytes(inp, encoding='utf-8'))
  if (inp === "q") break; // if inp == 'q': break
  const ret = (await obj.recv(1024)).toString(); // ret = str(obj.recv(1024), encoding='utf-8')
  console.log(ret); // print(ret)
  process.stdout.write("请输入要发送的内容");
}
obj.close();
