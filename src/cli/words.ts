/** The words of the tutorial's conversation (its part five). Both sides know them by heart. */
export const GREETING = "欢迎光临";
export const PROMPT = "请输入要发送的内容";
export const ANSWER = "好的";
export const QUIT = "q";
