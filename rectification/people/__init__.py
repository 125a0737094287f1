"""Who works: people, their posts (岗位), who stands in for whom (代理), identity numbers."""
